/** A place in a queue, which can be left from anywhere in it. */
export interface Place<Item> {
  readonly item: Item
  before: Place<Item> | undefined
  after: Place<Item> | undefined
}

/** First come, first served; whoever leaves does so at once, however many wait. */
export class Queue<Item> {
  #first: Place<Item> | undefined
  #last: Place<Item> | undefined
  #size = 0

  get first(): Item | undefined {
    return this.#first?.item
  }

  get size(): number {
    return this.#size
  }

  join(item: Item): Place<Item> {
    const place: Place<Item> = { item, before: this.#last, after: undefined }
    if (this.#last) this.#last.after = place
    else this.#first = place
    this.#last = place
    this.#size++
    return place
  }

  leave(place: Place<Item>): void {
    if (place.before) place.before.after = place.after
    else this.#first = place.after
    if (place.after) place.after.before = place.before
    else this.#last = place.before
    this.#size--
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let place = this.#first; place; place = place.after) yield place.item
  }
}
