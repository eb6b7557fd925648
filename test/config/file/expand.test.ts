import { expect, test } from 'vitest'
import { expandSettings } from '../../../src/config/file/expand.ts'
import { toTemplate } from '../../../src/provider/options/template.ts'

const template = (text: string, quoted = false) => toTemplate(text, { at: 'file:1:1', quoted })

test('O-39: texts of the run are replaced wherever they stand, and are numbers only without quotes', () => {
  const content = {
    maxConcurrent: template('${N}'),
    judgeModel: { name: template('acme/${NAME}') },
    models: [template('${SPEC:-acme/m}'), 'acme/n'],
    cache: { url: template('${N}', true), on: template('${YES}') },
  }
  expect(expandSettings(content, { N: '4', NAME: 'judge', YES: 'true' })).toEqual({
    maxConcurrent: 4,
    judgeModel: { name: 'acme/judge' },
    models: ['acme/m', 'acme/n'],
    cache: { url: '4', on: true },
  })
})

test('O-39: those of a model are left for its set-up', () => {
  const text = template('${NOT_SET}')
  const content = {
    models: [
      { name: 'x', config: { apiKey: text }, options: { a: text }, systemInstruction: text },
    ],
    judgeModel: { name: 'y', params: { deep: [text] } },
    modelConfigs: { 'a/b': { systemInstruction: text, options: { b: text } } },
  }
  expect(expandSettings(content, {})).toEqual(content)
})

test('O-39: one that is empty says nothing', () => {
  const content = { judgeModel: template('${NONE:-}'), responseModel: 'a/b', name: '' }
  expect(expandSettings(content, {})).toEqual({ responseModel: 'a/b', name: '' })
})
