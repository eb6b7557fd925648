/** Lines by which servers show how far a start is. Wordings change between versions: for people only. */
const landmarks: readonly (readonly [line: RegExp, stage: string])[] = [
  // vLLM
  [/vLLM (?:API )?server version|non-default args/, 'starting'],
  [/Initializing a V\d LLM engine/, 'starting the engine'],
  [/Starting to load model/, 'loading weights'],
  [/Loading .*checkpoint shards?:.*\| (\d+\/\d+)/, 'loading weights $1'],
  [/Loading weights took|Model loading took/, 'weights are loaded'],
  [/Dynamo bytecode transform|Compiling a graph|torch\.compile/, 'compiling'],
  [/GPU KV cache size/, 'making room for contexts'],
  [/Capturing CUDA graphs?.*\| (\d+\/\d+)/, 'capturing graphs $1'],
  [/Graph capturing finished/, 'warming up'],
  [/Starting vLLM server on|Application startup complete/, 'opening the port'],
  // llama-server
  [/load_model: loading model/, 'loading the model'],
  [/warming up the model/, 'warming up'],
  [/llama_server: model loaded|server is listening on|listening on http/, 'making the first token'],
]

/** The stage that the last of these lines shows that is a landmark. */
export function stageIn(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    for (const [pattern, stage] of landmarks) {
      const found = pattern.exec(line)
      if (found) return stage.replace('$1', found[1] ?? '')
    }
  }
  return undefined
}
