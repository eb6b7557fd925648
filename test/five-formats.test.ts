import { expect, onTestFinished, test } from 'vitest'
import { type Handler, type HttpServer, serve } from './support/http-server.ts'
import { createProject } from './support/project.ts'

const words: readonly (readonly [question: string, answer: string])[] = [
  ['capital of Austria', 'Vienna'],
  ['capital of France', 'Paris'],
  ['capital of Peru', 'Lima'],
]

/** What each model says to a prompt: the right answer, but for one of them. */
function answerTo(prompt: string, wrong = ''): string {
  const [question = '', answer = ''] = words.find(([one]) => prompt.includes(one)) ?? []
  return question === wrong ? 'Atlantis' : answer
}

async function started(handler: Handler): Promise<HttpServer> {
  const server = await serve(handler)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

type Json = Record<string, unknown>
const lastOf = (list: unknown) => (list as Json[]).at(-1)!
const textIn = (value: unknown) => JSON.stringify(value)

const openaiFormat: Handler = ({ json }) => ({
  body: {
    model: json['model'],
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answerTo(textIn(lastOf(json['messages']))) },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
  },
})

const anthropicFormat: Handler = ({ json }) => ({
  body: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: json['model'],
    content: [{ type: 'text', text: answerTo(textIn(lastOf(json['messages']))) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 2 },
  },
})

const googleFormat: Handler = ({ json }) => ({
  body: {
    candidates: [
      {
        content: {
          role: 'model',
          parts: [{ text: answerTo(textIn(lastOf(json['contents'])), 'capital of Peru') }],
        },
        finishReason: 'STOP',
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 2, totalTokenCount: 14 },
    modelVersion: 'gemini-2.5-pro',
  },
})

const ollamaFormat: Handler = ({ url, method, text }) => {
  if (method === 'GET') {
    return url === '/api/tags'
      ? { body: { models: [{ name: 'qwen3:latest', model: 'qwen3:latest' }] } }
      : { body: { version: '0.20.0' } }
  }
  const json = JSON.parse(text) as Json
  return {
    body: {
      model: 'qwen3:latest',
      message: { role: 'assistant', content: answerTo(textIn(lastOf(json['messages']))) },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 13,
      eval_count: 2,
    },
  }
}

/** The judge: says YES where the answer that it is shown is the right one. */
const yandexFormat: Handler = ({ json }) => {
  const prompt = textIn(lastOf(json['messages']))
  const isRight = words.some(([question, answer]) => prompt.includes(`${question}: ${answer}`))
  return {
    body: {
      result: {
        alternatives: [
          {
            message: { role: 'assistant', text: isRight ? 'YES' : 'NO' },
            status: 'ALTERNATIVE_STATUS_FINAL',
          },
        ],
        usage: { inputTextTokens: '20', completionTokens: '1', totalTokens: '21' },
        modelVersion: '09.02.2026',
      },
    },
  }
}

test('an eval over four wire formats from a configuration file has its judge on a fifth', async () => {
  const servers = {
    openai: await started(openaiFormat),
    anthropic: await started(anthropicFormat),
    google: await started(googleFormat),
    ollama: await started(ollamaFormat),
    yandex: await started(yandexFormat),
  }
  const project = await createProject({
    'assay.config.yaml': `
      models:
        - openai/gpt-5-mini
        - anthropic/claude-sonnet-5-5
        - gemini/gemini-2.5-pro
        - name: local
          provider: ollama
          config:
            base_url: \${OLLAMA_URL}
            model_path: qwen3
      judge_model:
        name: yandexgpt/yandexgpt
        params:
          folder_id: b1gexample
      model_configs:
        yandexgpt/yandexgpt:
          system_instruction: Answer YES or NO.
      max_concurrent: 3
    `,
    'capitals.eval.ts': `
      import { foreach } from 'vitest-assay'
      const words = ${JSON.stringify(words)}
      foreach('question,answer', words)('knows capitals', async ({ question }, { model, judge }) => {
        const { text } = await model.generate(question)
        const { text: verdict } = await judge.generate(question + ': ' + text)
        return { judged: verdict === 'YES' }
      })
    `,
  })
  onTestFinished(() => project[Symbol.asyncDispose]())
  const { exitCode, output } = await project.vitest({
    env: {
      OPENAI_API_BASE: `${servers.openai.url}/v1`,
      OPENAI_API_KEY: 'sk-invented-openai',
      ANTHROPIC_API_BASE: servers.anthropic.url,
      ANTHROPIC_API_KEY: 'sk-invented-anthropic',
      GEMINI_API_BASE: servers.google.url,
      GEMINI_API_KEY: 'invented-google',
      OLLAMA_URL: servers.ollama.url,
      YANDEXGPT_API_BASE: servers.yandex.url,
      YANDEX_GPT_API_KEY: 'invented-yandex',
    },
  })
  expect(exitCode, output).toBe(0)
  const { evals } = await project.summary()
  const means = evals.map(({ model, scores }) => [model, scores['judged']?.mean])
  expect(Object.fromEntries(means)).toEqual({
    'openai/gpt-5-mini': 1,
    'anthropic/claude-sonnet-5-5': 1,
    'gemini/gemini-2.5-pro': 2 / 3,
    'ollama/local': 1,
  })
  const rows = await project.rows()
  expect(rows.length).toBe(12)
  for (const { calls } of rows) {
    expect(calls.map(({ role }) => role)).toEqual(['model', 'judge'])
    expect(calls[1]!.model).toBe('yandexgpt/yandexgpt')
  }
  const [judged] = servers.yandex.requests
  expect(judged!.json).toMatchObject({
    modelUri: 'gpt://b1gexample/yandexgpt/latest',
    completionOptions: { temperature: 0 },
    messages: [{ role: 'system', text: 'Answer YES or NO.' }, { role: 'user' }],
  })
})
