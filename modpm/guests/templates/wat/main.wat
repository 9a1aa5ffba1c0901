;; A mod by hand, against modpm:mod@1.0.0. `modpm build` makes a component of it: the exports below tell which
;; interfaces of the world it has.
(module
  ;; A text goes as its address and its length. What the host answers, a text or a result, it writes where the
  ;; last argument points.
  (import "modpm:mod/host@1.0.0" "mod-id" (func $mod_id (param $to i32)))
  (import "modpm:mod/host@1.0.0" "log" (func $log (param $level i32) (param $text i32) (param $length i32)))
  ;; A value is its kind, 64 bits and a length: 0 null, 1 boolean, 2 integer, 3 float (its bits), 4 text, 5 JSON.
  (import "modpm:mod/host@1.0.0" "set-plugin-param" (func $set
    (param $plugin i32) (param $plugin_length i32) (param $key i32) (param $key_length i32)
    (param $kind i32) (param $bits i64) (param $length i32) (param $to i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "hello from ")
  (data (i32.const 16) "rules")
  (data (i32.const 32) "difficulty")
  ;; 64: what the host answers (12 bytes), 80: what we answer: result<_, string>, its first byte 0 for ok.

  ;; The host asks for room for the texts that it hands over; each call of a hook uses it from the start.
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.const 65536)) (then unreachable)))

  (func $done (result i32)
    (global.set $free (i32.const 1024))
    (i32.const 80))

  ;; Called once, when the mod loads.
  (func (export "modpm:mod/lifecycle@1.0.0#on-init") (result i32)
    ;; The id goes right behind "hello from ", by which both are one text.
    (call $mod_id (i32.const 64))
    (memory.copy (i32.const 256) (i32.const 0) (i32.const 11))
    (memory.copy (i32.const 267) (i32.load (i32.const 64)) (i32.load (i32.const 68)))
    (call $log (i32.const 1) (i32.const 256) (i32.add (i32.const 11) (i32.load (i32.const 68))))
    (call $done))

  ;; Called once, when the mod leaves. An interface has all its functions or none.
  (func (export "modpm:mod/lifecycle@1.0.0#on-shutdown") (result i32)
    (call $done))

  ;; Called every turn.
  (func (export "modpm:mod/ticking@1.0.0#on-tick") (param $turn i64) (result i32)
    (if (i64.eqz (i64.rem_s (local.get $turn) (i64.const 5)))
      (then
        (call $set
          (i32.const 16) (i32.const 5)
          (i32.const 32) (i32.const 10)
          (i32.const 2) (i64.add (i64.const 2) (i64.div_s (local.get $turn) (i64.const 5))) (i32.const 0)
          (i32.const 64))))
    (call $done)))
