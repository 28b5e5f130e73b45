import type { Screen, Style } from '../cli/screen.ts'
import type { Action } from '../plan/actions.ts'
import { valueText } from './origins.ts'

const styles: Record<Action['kind'], Style> = {
  start: 'green',
  stop: 'red',
  restart: 'yellow',
  change: 'yellow',
  keep: 'dim',
  refuse: 'red',
}

/** Each action with its reasons and with what people notice. */
export function actionsText(actions: Action[], screen: Screen): string {
  return actions
    .flatMap(({ part, kind, options, why, blast, waits }) => [
      `${screen.paint(styles[kind], kind)} ${screen.paint('bold', part)}`,
      ...options.map(
        ({ option, from, to }) =>
          `  ${option}: ${from === undefined ? 'not set' : valueText(from)} → ${to === undefined ? 'not set' : valueText(to)}`,
      ),
      ...(why === undefined ? [] : [`  ${why}`]),
      `  ${screen.paint('dim', blast)}`,
      ...(waits
        ? [`  ${screen.paint('yellow', 'when it is this machine’s turn: see `meshbox rollout status`')}`]
        : []),
    ])
    .join('\n')
}
