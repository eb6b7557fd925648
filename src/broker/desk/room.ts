const FIRST = 10
const MOST = 100
const USED = 0.8
const CUT = 0.8

/** How many requests of a lane may be in flight where no number is given: as many as the server bears. */
export class Room {
  size: number = FIRST
  #isDoubling = true
  #successes = 0
  #peak = 0

  sent(inFlight: number): void {
    this.#peak = Math.max(this.#peak, inFlight)
  }

  /** A round is as many successes as there is room; it tells something only if the room was used. */
  succeeded(inFlight: number): void {
    if (++this.#successes < this.size) return
    if (this.#peak >= USED * this.size) {
      this.size = Math.min(MOST, this.#isDoubling ? this.size * 2 : this.size + 1)
    }
    this.#startRound(inFlight)
  }

  /** A failure of the server or the way to it is no reason to send less, and none to send more. */
  disturbed(inFlight: number): void {
    this.#startRound(inFlight)
  }

  /** @param borne how many at once its rate came to since the last 429, if that is known */
  refused(inFlight: number, borne: number): void {
    // shortly after a pause few are in flight, which says nothing about how many could be
    const kept = Math.min(this.size, Math.ceil(borne))
    this.size = Math.max(1, kept, Math.floor(CUT * inFlight))
    this.#isDoubling = false
    this.#startRound(inFlight)
  }

  #startRound(inFlight: number): void {
    this.#successes = 0
    this.#peak = inFlight
  }
}
