const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** For how long something has run, in its largest unit, rounded down: `41 s`, `12 min`, `3 h`, `2 d`. */
export function ageOf(startedAt: string, now: number): string {
  const age = Math.max(0, now - Date.parse(startedAt)) // clocks are set back
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`
  return age < DAY ? `${Math.floor(age / HOUR)} h` : `${Math.floor(age / DAY)} d`
}
