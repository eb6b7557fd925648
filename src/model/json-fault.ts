/** Where a text stops to be JSON: the place of the first character that no JSON could have there. */
export function positionOfFault(text: string): number {
  for (let length = 1; length <= text.length; length++) {
    if (!couldGoOn(text.slice(0, length))) return length - 1
  }
  return text.length
}

/** Whether a text is the beginning of some JSON. V8 says of a text that is cut off that its end is at fault. */
function couldGoOn(start: string): boolean {
  try {
    JSON.parse(start)
    return true
  } catch (error) {
    const { message } = error as SyntaxError
    const position = /position (\d+)/.exec(message)?.[1]
    if (/end of JSON input|Unterminated string/.test(message)) return true
    return Number(position) === start.length
  }
}
