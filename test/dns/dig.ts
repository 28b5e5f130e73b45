/** One record as dig prints it: name, TTL, class, type, data. */
export type Dug = {
  rcode: string
  flags: string[]
  answer: string[]
  authority: string[]
  additional: string[]
  text: string
}

/** Asks with dig and takes its output apart. */
export async function dig(port: number, ...args: string[]): Promise<Dug> {
  const run = Bun.spawn(['dig', '@127.0.0.1', '-p', String(port), '+tries=1', '+time=3', ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const text = await new Response(run.stdout).text()
  await run.exited
  const section = (name: string) =>
    (new RegExp(`;; ${name} SECTION:\n((?:[^\n]+\n)*)`).exec(text)?.[1] ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\s+/g, ' '))
  return {
    rcode: /status: (\w+)/.exec(text)?.[1] ?? 'NONE',
    flags: (/flags: ([^;]*);/.exec(text)?.[1] ?? '').split(' '),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
    text,
  }
}

/** Answers of many questions in one run of dig: the data of the answer section for each `name type`. */
export async function digMany(port: number, questions: [string, string][]): Promise<Map<string, string[]>> {
  const args = questions.flatMap(([name, type]) => ['-q', name, '-t', type])
  const found = await dig(port, '+noall', '+question', '+answer', '+nocomments', '+tcp', '+keepopen', ...args)
  const answers = new Map<string, string[]>()
  for (const line of found.text.split('\n')) {
    const [name = '', ...rest] = line.trim().split(/\s+/)
    if (name.startsWith(';') && rest[0] === 'IN') answers.set(`${name.slice(1)} ${rest[1]}`, [])
    else if (/^\d+$/.test(rest[0] ?? '')) answers.get(`${name} ${rest[2]}`)?.push(rest.slice(3).join(' '))
  }
  for (const list of answers.values()) list.sort()
  return answers
}
