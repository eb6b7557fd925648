/** A handler as a file of a user's own exports it. */
export class Handler {
  readonly model_name: string

  constructor({ model_name }: { readonly model_name: string }) {
    this.model_name = model_name
  }

  async test_prompt(prompt: string): Promise<object> {
    return { success: true, response: `You said: ${prompt}`, model: this.model_name }
  }
}
