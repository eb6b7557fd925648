import { AssayError } from '../../src/model/error.ts'
import { typeName } from './fields.ts'
import { setupFailure } from './failure.ts'
import type { Subject } from './subject.ts'

/** A class, or a function that returns an object, also later. */
type Maker = (new (params: object) => object) | ((params: object) => object | Promise<object>)

export function isMaker(source: object): source is Maker {
  return typeof source === 'function'
}

/** @throws AssayError `config` for what is no object, no class and no function, and for params that nobody gets */
export function requireSource(
  caller: string,
  source: unknown,
  params?: object,
): asserts source is object {
  if (typeof source === 'function') return
  if (typeof source !== 'object' || source === null) {
    throw wrong(caller, `expected an object, a class or a function, got ${typeName(source)}.`)
  }
  if (params) throw wrong(caller, '`params` are for a class or a function; this is made already.')
}

/** Makes the object. @throws AssayError `setup` with what the maker threw as its cause */
export async function make(
  caller: string,
  source: object,
  params: object,
  subject: Subject,
): Promise<object> {
  if (!isMaker(source)) return source
  const made = await run(source, params, subject)
  if (typeof made === 'object' && made !== null) return made
  throw wrong(caller, `\`${subject.name}\` must make an object; it returned ${typeName(made)}.`)
}

async function run(maker: Maker, params: object, subject: Subject): Promise<unknown> {
  try {
    return isClass(maker) ? new maker(params) : await maker(params)
  } catch (error) {
    throw setupFailure(error, subject)
  }
}

/** Only the prototype of a class cannot be replaced. */
function isClass(maker: Maker): maker is new (params: object) => object {
  return Object.getOwnPropertyDescriptor(maker, 'prototype')?.writable === false
}

function wrong(caller: string, problem: string): AssayError {
  return new AssayError(`${caller}: ${problem}`, { kind: 'config' })
}
