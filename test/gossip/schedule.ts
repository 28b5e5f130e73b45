type Task = { at: number; order: number; run: (() => void) | undefined }

/** Virtual time: nothing waits; what is due at the same moment runs in the order in which it was asked for. */
export type Schedule = {
  now(): number
  after(ms: number, run: () => void): () => void
  run(ms: number): void
}

export function createSchedule(): Schedule {
  const tasks = createQueue()
  let now = 0
  let order = 0
  return {
    now: () => now,
    after(ms, run) {
      const task: Task = { at: now + Math.max(0, ms), order: order++, run }
      tasks.push(task)
      return () => {
        task.run = undefined
      }
    },
    run(ms) {
      const end = now + ms
      for (let task = tasks.peek(); task && task.at <= end; task = tasks.peek()) {
        tasks.pop()
        now = Math.max(now, task.at)
        task.run?.()
      }
      now = end
    },
  }
}

/** A binary heap by time, then by order of arrival. */
function createQueue() {
  const heap: Task[] = []
  const before = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const at = (i: number) => heap[i] as Task

  /** Puts the task at `i`, or below what is due before it. */
  function sink(task: Task, from: number): void {
    let i = from
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(at(child + 1), at(child))) child++
      if (!before(at(child), task)) break
      heap[i] = at(child)
      i = child
    }
    heap[i] = task
  }

  return {
    peek: () => heap[0],
    push(task: Task) {
      let i = heap.push(task) - 1
      for (; i > 0; ) {
        const parent = (i - 1) >> 1
        if (!before(task, at(parent))) break
        heap[i] = at(parent)
        i = parent
      }
      heap[i] = task
    },
    pop() {
      const last = heap.pop()
      if (last && heap.length > 0) sink(last, 0)
    },
  }
}
