// What the host hands over lies in the mod's memory; texts are UTF-16, as AssemblyScript's own.

/** The host asks for memory for what it hands over: texts as strings, which `taken` lets go. */
export function cabi_realloc(old: usize, was: usize, align: usize, size: usize): usize {
  if (size == 0) return align;
  if (align > 2) return old ? heap.realloc(old, size) : heap.alloc(size);
  return old ? __renew(old, size) : __pin(__new(size, idof<string>()));
}

/** A text that the host handed over: from now on it is collected as any other. */
export function taken(text: usize, length: i32): string {
  if (length == 0) return "";
  __unpin(text);
  return changetype<string>(text);
}
