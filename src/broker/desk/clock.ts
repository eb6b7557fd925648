/** A clock that never goes back. Where the one it reads does, the time until it is made up stands still. */
export interface SteadyClock {
  now(): number
  /** From its own time to that of the clock it reads, and back. */
  toOuter(time: number): number
  fromOuter(time: number): number
}

export function createSteadyClock(outer: () => number): SteadyClock {
  let last = outer()
  let shift = 0
  return {
    now() {
      const time = outer() + shift
      if (time < last) shift += last - time
      last = Math.max(last, time)
      return last
    },
    toOuter: (time) => time - shift,
    fromOuter: (time) => time + shift,
  }
}
