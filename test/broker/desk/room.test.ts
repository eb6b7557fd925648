import { expect, test } from 'vitest'
import { Room } from '../../../src/broker/desk/room.ts'

/** Successes, all while so many are in flight. */
function succeed(room: Room, count: number, inFlight: number = room.size): void {
  room.sent(inFlight)
  for (let i = 0; i < count; i++) room.succeeded(inFlight)
}

test('it doubles after each round from 10, up to 100', () => {
  const room = new Room()
  const sizes = Array.from({ length: 6 }, () => {
    const { size } = room
    succeed(room, size)
    return size
  })
  expect(sizes).toEqual([10, 20, 40, 80, 100, 100])
})

test('a round is as many successes as there is room', () => {
  const room = new Room()
  succeed(room, 9)
  expect(room.size).toBe(10)
  succeed(room, 1)
  expect(room.size).toBe(20)
})

test.each([
  { inFlight: 7, size: 10 },
  { inFlight: 8, size: 20 },
])('with $inFlight of 10 used at most it becomes $size', ({ inFlight, size }) => {
  const room = new Room()
  succeed(room, 10, inFlight)
  expect(room.size).toBe(size)
})

test('what was used in one round does not count in the next', () => {
  const room = new Room()
  succeed(room, 10, 10)
  succeed(room, 20, 2)
  succeed(room, 20, 2)
  expect(room.size).toBe(20)
})

test('a failure of the server begins the round anew', () => {
  const room = new Room()
  succeed(room, 9)
  room.disturbed(10)
  succeed(room, 9)
  expect(room.size).toBe(10)
  succeed(room, 1)
  expect(room.size).toBe(20)
})

test.each([
  { inFlight: 100, size: 80 },
  { inFlight: 9, size: 7 },
  { inFlight: 2, size: 1 },
  { inFlight: 1, size: 1 },
])('a 429 with $inFlight in flight leaves room for $size', ({ inFlight, size }) => {
  const room = new Room()
  room.refused(inFlight, 0)
  expect(room.size).toBe(size)
})

test('after a 429 it grows by one each round', () => {
  const room = new Room()
  room.refused(10, 0)
  const sizes = Array.from({ length: 4 }, () => {
    const { size } = room
    succeed(room, size)
    return size
  })
  expect(sizes).toEqual([8, 9, 10, 11])
})

test.each([
  { borne: 4.2, size: 5 },
  { borne: 30, size: 10 },
  { borne: 1, size: 2 },
])('a 429 with 3 in flight leaves room for $size where the server bore $borne', (row) => {
  const room = new Room()
  room.refused(3, row.borne)
  expect(room.size).toBe(row.size)
})
