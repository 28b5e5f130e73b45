/** What the stand-ins say about themselves. Semver holds: a pre-release of the version whose recordings they follow. */
export const mesosVersion = '1.12.0-simulated'
export const marathonVersion = '1.11.24-simulated'

/** Members of `/version` and of every state. */
export const mesosBuild = {
  version: mesosVersion,
  git_sha: 'c1b42f79d157aa900be5cbb0c1023f1479962aa7',
  build_date: '2024-08-23 18:59:00',
  build_time: 1724439540,
  build_user: 'simulated',
}
