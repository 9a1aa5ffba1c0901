// Values as JSON knows them.

import { Reader } from "./json";
import { taken } from "./memory";

export enum Kind {
  Null,
  Bool,
  Int,
  Float,
  Text,
  Json, // a list or an object, as JSON text
}

/** A value as JSON knows it. */
export class Value {
  private constructor(
    public kind: Kind,
    public bits: i64 = 0,
    public text: string = "",
  ) {}

  static null(): Value {
    return new Value(Kind.Null);
  }
  static bool(value: bool): Value {
    return new Value(Kind.Bool, i64(value));
  }
  static int(value: i64): Value {
    return new Value(Kind.Int, value);
  }
  static float(value: f64): Value {
    return new Value(Kind.Float, reinterpret<i64>(value));
  }
  static text(value: string): Value {
    return new Value(Kind.Text, 0, value);
  }
  /** A list or an object: Value.json(`{"day": ${day}}`). A text inside needs quoted(). */
  static json(text: string): Value {
    return new Value(Kind.Json, 0, text);
  }
  /** As it comes as an argument. */
  static of(kind: i32, bits: i64, length: i32): Value {
    const text = kind >= Kind.Text ? taken(<usize>bits, length) : "";
    return new Value(kind, bits, text);
  }

  // The value as one of these types; 0, false or "" if it is of another. Ints and floats convert.
  asBool(): bool {
    return this.kind == Kind.Bool && this.bits != 0;
  }
  asInt(): i64 {
    return this.kind == Kind.Int ? this.bits : this.kind == Kind.Float ? <i64>reinterpret<f64>(this.bits) : 0;
  }
  asFloat(): f64 {
    return this.kind == Kind.Float ? reinterpret<f64>(this.bits) : this.kind == Kind.Int ? <f64>this.bits : 0;
  }
  asText(): string {
    return this.text;
  }

  /** What an object holds under a key; null if it does not. */
  at(key: string): Value {
    const json = new Reader(this.kind == Kind.Json ? this.text : "");
    if (!json.enter("{")) return Value.null();
    do {
      const name = json.value().text;
      json.skip(":");
      const value = json.value();
      if (name == key) return value;
    } while (json.skip(","));
    return Value.null();
  }

  /** What a list holds, in order; nothing if the value is no list. */
  items(): Value[] {
    const found: Value[] = [];
    const json = new Reader(this.kind == Kind.Json ? this.text : "");
    if (!json.enter("[")) return found;
    do found.push(json.value());
    while (json.skip(","));
    return found;
  }

  // As an argument, a value is its kind, 64 bits and a length.
  get low(): i64 {
    return this.kind >= Kind.Text ? <i64>changetype<usize>(this.text) : this.bits;
  }
  get length(): i32 {
    return this.kind >= Kind.Text ? this.text.length : 0;
  }
}

/** A value as it lies in memory: its kind, then what it holds. */
export function stored(from: usize): Value {
  const kind = <i32>load<u8>(from);
  const bits = kind == Kind.Bool ? <i64>load<u8>(from, 8) : load<i64>(from, 8);
  return kind >= Kind.Text
    ? Value.of(kind, <i64>load<usize>(from, 8), load<i32>(from, 12))
    : Value.of(kind, bits, 0);
}
