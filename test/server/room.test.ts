import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ServerLease } from '../../src/model/lease.ts'
import { createRoom, type RoomOptions, type Tenant } from '../../src/server/room.ts'

interface Options {
  readonly gpus?: readonly string[]
  readonly gpuShare?: number
  readonly port?: number
}

/** A room whose tenants write down what becomes of them. */
function openRoom(options?: RoomOptions) {
  const room = createRoom(options)
  const events: string[] = []

  function tenant(model: string, { gpus = [], gpuShare = 0, port }: Options = {}) {
    const leases = new Set<ServerLease>()
    const one = {
      need: { provider: 'vllm', model, gpus, gpuShare, port: port ?? ('auto' as const) },
      leases,
      async evict() {
        events.push(`${model} is evicted`)
        await setImmediate()
        room.leave(one)
      },
      hold: () => hold(leases),
      letGo(lease: ServerLease) {
        leases.delete(lease)
        room.released(one)
      },
      enter: () =>
        room.enter(one).then(
          () => void events.push(`${model} is in`),
          (error: Error) => void events.push(error.message),
        ),
      /** Enters for somebody who holds it from then on. */
      async comeIn() {
        const lease = hold(leases)
        await one.enter()
        return lease
      },
    } satisfies Tenant & Record<string, unknown>
    return one
  }
  return { room, events, tenant }
}

let count = 0

function hold(leases: Set<ServerLease>): ServerLease {
  const lease = { address: { url: '', start: ++count } } as unknown as ServerLease
  leases.add(lease)
  return lease
}

/** Lets everything run that is only waiting for its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await setImmediate()
}

test('there is no limit unless one is set', async () => {
  const { tenant, events } = openRoom()
  for (const model of ['a', 'b', 'c']) {
    const one = tenant(model)
    await one.comeIn()
  }
  expect(events).toEqual(['a is in', 'b is in', 'c is in'])
})

test('an idle server is evicted for another, and is gone before that is let in', async () => {
  const { tenant, events } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a'), tenant('b')]
  const lease = await a.comeIn()
  a.letGo(lease)
  await b.comeIn()
  expect(events).toEqual(['a is in', 'a is evicted', 'b is in'])
})

test('one that is held is never evicted: the other waits for its release', async () => {
  const { tenant, events } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a'), tenant('b')]
  const [first, second] = [a.hold(), a.hold()]
  await a.enter()
  b.hold()
  const entered = b.enter()
  a.letGo(first)
  await settle()
  expect(events).toEqual(['a is in'])
  a.letGo(second)
  await entered
  expect(events).toEqual(['a is in', 'a is evicted', 'b is in'])
})

test('of several idle servers the one goes whose use is longest ago', async () => {
  const { tenant, events } = openRoom({ maxServers: 2 })
  const [a, b, c] = [tenant('a'), tenant('b'), tenant('c')]
  const [ofA, ofB] = [a.hold(), b.hold()]
  await a.enter()
  await b.enter()
  b.letGo(ofB)
  a.letGo(ofA)
  await c.comeIn()
  expect(events.slice(2)).toEqual(['b is evicted', 'c is in'])
})

test('a GPU has a limit of its own, and so has the machine', async () => {
  const { tenant, events } = openRoom({ maxServers: 1 })
  for (const one of [tenant('a', { gpus: ['0'] }), tenant('b', { gpus: ['1'] }), tenant('c')]) {
    await one.comeIn()
  }
  const both = tenant('d', { gpus: ['0', '1'] })
  both.hold()
  void both.enter()
  await settle()
  expect(events).toEqual(['a is in', 'b is in', 'c is in'])
})

test('servers that want more than all memory of a GPU together take turns', async () => {
  const { tenant, events } = openRoom()
  const [a, b, c] = [
    tenant('a', { gpuShare: 0.6 }),
    tenant('b', { gpuShare: 0.4 }),
    tenant('c', { gpuShare: 0.5 }),
  ]
  for (const one of [a, b]) {
    await one.comeIn()
  }
  c.hold()
  const entered = c.enter()
  await settle()
  expect(events).toEqual(['a is in', 'b is in'])
  for (const lease of a.leases) a.letGo(lease)
  await entered
  expect(events.slice(2)).toEqual(['a is evicted', 'c is in'])
})

test('who comes later does not overtake who waits for the same place', async () => {
  const { tenant, events } = openRoom()
  const [a, large, small] = [
    tenant('a', { gpuShare: 0.5 }),
    tenant('large', { gpuShare: 0.9 }),
    tenant('small', { gpuShare: 0.5 }),
  ]
  const lease = await a.comeIn()
  large.hold()
  small.hold()
  const entered = large.enter()
  void small.enter()
  await settle()
  a.letGo(lease)
  await entered
  expect(events).toEqual(['a is in', 'a is evicted', 'large is in'])
})

test('who holds a server that another waits for is not queued up behind that one', async () => {
  const { room, tenant, events } = openRoom()
  const [a, large, small] = [
    tenant('a', { gpuShare: 0.5 }),
    tenant('large', { gpuShare: 0.9 }),
    tenant('small', { gpuShare: 0.5 }),
  ]
  const lease = await a.comeIn()
  large.hold()
  void large.enter()
  small.hold()
  room.claim(small, [lease])
  await small.enter()
  expect(events).toEqual(['a is in', 'small is in'])
})

test('a server that nobody waits for any more is not started', async () => {
  const { tenant, events } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a'), tenant('b')]
  await a.comeIn()
  const lease = b.hold()
  const entered = b.enter()
  b.letGo(lease)
  await entered
  expect(events).toEqual(['a is in', 'vllm/b: nobody waits for it any more.'])
})

test('who holds the only place and asks for another server is told at once', async () => {
  const { room, tenant } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a'), tenant('b')]
  const lease = await a.comeIn()
  expect(() => room.claim(b, [lease])).toThrowErrorMatchingInlineSnapshot(
    `[AssayError: vllm/b would wait for ever: on this machine there is no room for it beside vllm/a, which is held by who waits for it. \`maxServers\` is 1; raise it, or put one of them elsewhere.]`,
  )
})

test('two that hold one place each and wait for a third server: the second is told', async () => {
  const { room, tenant } = openRoom({ maxServers: 2 })
  const [a, b, c, d] = [tenant('a'), tenant('b'), tenant('c'), tenant('d')]
  const [ofA, ofB] = [a.hold(), b.hold()]
  await a.enter()
  await b.enter()
  room.claim(c, [ofA]) // b may be released yet
  expect(() => room.claim(d, [ofB])).toThrow('vllm/d would wait for ever')
})

test('a claim that was withdrawn is in nobody’s way', async () => {
  const { room, tenant } = openRoom({ maxServers: 2 })
  const [a, b, c, d] = [tenant('a'), tenant('b'), tenant('c'), tenant('d')]
  const [ofA, ofB] = [a.hold(), b.hold()]
  await a.enter()
  await b.enter()
  const withdraw = room.claim(c, [ofA])
  withdraw()
  expect(() => room.claim(d, [ofB])).not.toThrow()
})

test('who holds nothing may always wait', async () => {
  const { room, tenant } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a'), tenant('b')]
  const lease = await a.comeIn()
  expect(() => room.claim(b, [])).not.toThrow()
  a.letGo(lease)
})

test('a server that runs already is shared whatever the asker holds', async () => {
  const { room, tenant } = openRoom({ maxServers: 1 })
  const a = tenant('a')
  const lease = await a.comeIn()
  expect(() => room.claim(a, [lease])).not.toThrow()
})

test('what is wanted of one GPU is no reason to wait for another', async () => {
  const { room, tenant } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a', { gpus: ['0'] }), tenant('b', { gpus: ['1'] })]
  const lease = await a.comeIn()
  expect(() => room.claim(b, [lease])).not.toThrow()
})

test('two models that want more memory than a GPU has are told what to lower', async () => {
  const { room, tenant } = openRoom()
  const [a, b] = [tenant('a', { gpuShare: 0.9 }), tenant('b', { gpuShare: 0.9 })]
  const lease = await a.comeIn()
  expect(() => room.claim(b, [lease])).toThrowErrorMatchingInlineSnapshot(
    `[AssayError: vllm/b would wait for ever: on this machine there is no room for it beside vllm/a, which is held by who waits for it. Together they want more than its memory; lower \`gpuMemory\`, or put one of them elsewhere.]`,
  )
})

test('two servers that ask for one port take turns, and are told when they could not', async () => {
  const { room, tenant, events } = openRoom()
  const [a, b] = [tenant('a', { port: 8080 }), tenant('b', { port: 8080 })]
  const lease = await a.comeIn()
  expect(() => room.claim(b, [lease])).toThrow(
    'on port 8080 there is no room for it beside vllm/a, which is held by who waits for it. Give it another `port`',
  )
  b.hold()
  const entered = b.enter()
  a.letGo(lease)
  await entered
  expect(events).toEqual(['a is in', 'a is evicted', 'b is in'])
})

test('an idle server stays where its end would not make room', async () => {
  const { tenant, events } = openRoom()
  const [held, idle, large] = [
    tenant('held', { gpuShare: 0.5 }),
    tenant('idle', { gpuShare: 0.3 }),
    tenant('large', { gpuShare: 0.9 }),
  ]
  const lease = await held.comeIn()
  await idle.comeIn()
  for (const one of idle.leases) idle.letGo(one)
  large.hold()
  const entered = large.enter()
  await settle()
  expect(events).toEqual(['held is in', 'idle is in'])
  held.letGo(lease)
  await entered
  expect(events.at(-1)).toBe('large is in')
})

test('who holds what another waits for passes it also when its server was queued before', async () => {
  const { room, tenant, events } = openRoom({ maxServers: 1 })
  const [a, wide, narrow] = [
    tenant('a', { gpus: ['0'] }),
    tenant('wide', { gpus: ['0', '1'] }),
    tenant('narrow', { gpus: ['1'] }),
  ]
  const lease = await a.comeIn()
  wide.hold()
  narrow.hold()
  void wide.enter()
  const entered = narrow.enter()
  await settle()
  expect(events).toEqual(['a is in'])
  room.claim(narrow, [lease])
  await entered
  expect(events).toEqual(['a is in', 'narrow is in'])
})

test('when the room closes, who waits is told', async () => {
  const { room, tenant, events } = openRoom({ maxServers: 1 })
  const [a, b] = [tenant('a'), tenant('b')]
  await a.comeIn()
  b.hold()
  const entered = b.enter()
  room.close()
  await entered
  expect(events).toEqual(['a is in', 'vllm/b: nobody waits for it any more.'])
})
