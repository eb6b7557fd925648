/** A text that prints as `***` wherever it ends up; only `reveal` gives it away. */
export class Secret {
  readonly #value: string

  static {
    // what console.log and node:util ask for; isolated declarations cannot name such a method
    const inspect = Symbol.for('nodejs.util.inspect.custom')
    Object.defineProperty(this.prototype, inspect, { value: () => '***' })
  }

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }
}
