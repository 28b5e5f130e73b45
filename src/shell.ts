/**
 * A text as a shell takes it for one word: somebody pastes what it stands in. What a log, a path or a person names is never
 * put into a command without it.
 */
export function word(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
