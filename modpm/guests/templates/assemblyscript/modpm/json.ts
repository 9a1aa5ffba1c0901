// The JSON text of lists and objects, in and out.

import { Value } from "./value";

/** A text as JSON writes it. */
export function quoted(text: string): string {
  let json = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20) json += "\\u" + code.toString(16).padStart(4, "0");
    else if (code == 0x22 || code == 0x5c) json += "\\" + text.charAt(i);
    else json += text.charAt(i);
  }
  return json + '"';
}

/** Reads JSON that the host wrote, so it is well-formed. */
export class Reader {
  private at: i32 = 0;
  constructor(private text: string) {}

  private get next(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : 0;
  }

  /** Step over `mark` and the blanks around it, if it is there. */
  skip(mark: string): bool {
    this.blanks();
    if (this.next != mark.charCodeAt(0)) return false;
    this.at++;
    this.blanks();
    return true;
  }

  /** Step into a list or an object; false if it is none, or empty. */
  enter(bracket: string): bool {
    return this.skip(bracket) && this.next != 0x5d && this.next != 0x7d;
  }

  value(): Value {
    const start = this.at;
    this.pass();
    const text = this.text.substring(start, this.at);
    switch (text.charCodeAt(0)) {
      case 0x22: // "
        return Value.text(unquoted(text));
      case 0x5b: // [
      case 0x7b: // {
        return Value.json(text);
      case 0x74: // true
        return Value.bool(true);
      case 0x66: // false
        return Value.bool(false);
      case 0x6e: // null
        return Value.null();
    }
    const whole = !text.includes(".") && !text.includes("e") && !text.includes("E");
    return whole ? Value.int(I64.parseInt(text)) : Value.float(parseFloat(text));
  }

  private blanks(): void {
    while (this.next == 0x20 || (this.next >= 0x09 && this.next <= 0x0d)) this.at++;
  }

  private pass(): void {
    let depth = 0;
    do {
      const mark = this.next;
      if (mark == 0x22) this.passText();
      else if (mark == 0x7b || mark == 0x5b) depth++, this.at++;
      else if (mark == 0x7d || mark == 0x5d) depth--, this.at++;
      else if (depth > 0) this.at++;
      else while (this.next > 0x20 && this.next != 0x2c && this.next != 0x5d && this.next != 0x7d) this.at++;
    } while (depth > 0 && this.at < this.text.length);
  }

  private passText(): void {
    for (this.at++; this.at < this.text.length && this.next != 0x22; this.at++) if (this.next == 0x5c) this.at++;
    this.at++;
  }
}

function unquoted(json: string): string {
  const escapes = "bfnrt";
  let text = "";
  for (let i = 1; i < json.length - 1; i++) {
    if (json.charCodeAt(i) != 0x5c) {
      text += json.charAt(i);
      continue;
    }
    const escape = json.charAt(++i);
    const known = escapes.indexOf(escape);
    if (escape == "u") {
      text += String.fromCharCode(<i32>parseInt(json.substr(i + 1, 4), 16));
      i += 4;
    } else text += known < 0 ? escape : "\b\f\n\r\t".charAt(known);
  }
  return text;
}
