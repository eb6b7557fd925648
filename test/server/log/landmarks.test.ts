import { expect, test } from 'vitest'
import { stageIn } from '../../../src/server/log/landmarks.ts'

const vllm = `(APIServer pid=41) INFO 11-20 10:00:00 [utils.py:233] vLLM server version 0.20.2
(EngineCore pid=99) INFO 11-20 10:00:09 [core.py:93] Initializing a V1 LLM engine (v0.20.2) with config: model='m'
(EngineCore pid=99) INFO 11-20 10:00:11 [gpu_model_runner.py:4120] Starting to load model m...
Loading safetensors checkpoint shards:  60% Completed | 3/5 [00:02<00:01,  1.40it/s]
(EngineCore pid=99) INFO 11-20 10:00:15 [default_loader.py:291] Loading weights took 3.90 seconds
(EngineCore pid=99) INFO 11-20 10:00:20 [backends.py:653] Dynamo bytecode transform time: 5.03 s
(EngineCore pid=99) INFO 11-20 10:00:30 [kv_cache_utils.py:1291] GPU KV cache size: 110,640 tokens
Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  50%|█████     | 18/35 [00:02<00:02,  7.10it/s]
(EngineCore pid=99) INFO 11-20 10:00:36 [gpu_model_runner.py:5010] Graph capturing finished in 5 secs
(APIServer pid=41) INFO 11-20 10:00:37 [api_server.py:1346] Starting vLLM server on http://127.0.0.1:21034`.split(
  '\n',
)

const stages = [
  'starting',
  'starting the engine',
  'loading weights',
  'loading weights 3/5',
  'weights are loaded',
  'compiling',
  'making room for contexts',
  'capturing graphs 18/35',
  'warming up',
  'opening the port',
]

test.for(stages.map((stage, index) => [stage, index] as const))(
  'a start of vLLM is %s',
  ([stage, index]) => {
    expect(stageIn(vllm.slice(0, index + 1))).toBe(stage)
    expect(stageIn([...vllm.slice(0, index + 1), 'something that nobody knows'])).toBe(stage)
  },
)

test.for([
  ["0.00.011.658 I srv    load_model: loading model 'a.gguf'", 'loading the model'],
  [
    '0.00.018.079 I srv  llama_server: listening on http://127.0.0.1:18734',
    'making the first token',
  ],
])('a line of llama-server is a landmark: %s', ([line, stage]) => {
  expect(stageIn([line!])).toBe(stage)
})

test('without a landmark there is no stage', () => {
  expect(stageIn(['Collecting usage statistics', ''])).toBeUndefined()
  expect(stageIn([])).toBeUndefined()
})
