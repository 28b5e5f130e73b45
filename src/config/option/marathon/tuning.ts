import { integer } from '../kind/number.ts'
import { flag } from './row.ts'

const int32 = 2_147_483_647
const milliseconds = 'milliseconds'
const threads = (what: string) =>
  flag(integer(1, int32), { text: `Threads for ${what}; as many as Marathon finds right when left out.` })
const queue = (text: string, programDefault: number) => flag(integer(1, int32), { text, programDefault })
const wait = (text: string, programDefault: number) =>
  flag(integer(1, int32), { text, unit: milliseconds, programDefault })

/** What Marathon itself calls internal: queues, threads and timeouts between its parts. */
export const tuningOptions = {
  app_info_module_execution_context_size: threads('what is told of applications'),
  default_info_service_execution_context_size: threads('what is told of tasks'),
  group_manager_execution_context_size: threads('groups'),
  scheduler_actions_execution_context_size: threads('deployments'),
  storage_execution_context_size: threads('the state'),
  instance_tracker_num_parallel_loads: queue('How many tasks are loaded at once after an election.', 16),
  instance_tracker_num_parallel_updates: queue('How many tasks are changed at once.', 16),
  instance_tracker_update_queue_size: queue('How many changes of tasks may wait.', 4096),
  max_parallel_offers: flag(integer(1, int32), { text: 'How many offers are looked at at once.' }),
  max_queued_offers: queue('How many offers may wait to be looked at.', 1024),
  max_parallel_status_updates: queue('How many updates of tasks are worked off at once.', 20),
  max_queued_status_updates: queue('How many updates of tasks may wait.', 10000),
  max_queued_root_group_updates: queue('How many changes of applications may wait.', 500),
  kill_chunk_size: queue('How many tasks are killed at once.', 100),
  kill_retry_timeout: wait('After how long a kill without effect is repeated.', 30000),
  killsPerBatch: queue('How many tasks a deployment kills in one batch.', 100),
  killBatchDuration: wait('How far apart such batches are.', 10000),
  deployment_manager_request_timeout: wait('How long the part for deployments may take.', 1000),
  group_manager_request_timeout: wait('How long the part for groups may take.', 10000),
  launch_queue_request_timeout: wait('How long the part for tasks to start may take.', 3000),
  task_tracker_request_timeout: wait('How long the part that knows the tasks may take.', 10000),
  task_update_request_timeout: wait('How long it may take to change a task.', 10000),
  task_operation_notification_timeout: wait('How long it may take until such a change is told.', 30000),
  max_actor_startup_time: wait('How long a part may take to start.', 10000),
} as const
