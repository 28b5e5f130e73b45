#!/usr/bin/env bun
import { run } from './agent/cli/run.ts'

process.exitCode = await run(process.argv.slice(2))
