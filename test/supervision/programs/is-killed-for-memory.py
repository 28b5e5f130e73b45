#!/usr/bin/env python3
# Takes more memory than the control group that it moves into may have, as root: the kernel kills it.
import os, sys

name = f'meshbox-test-{os.getppid()}'
for tree, limit in (('/sys/fs/cgroup/memory', 'memory.limit_in_bytes'), ('/sys/fs/cgroup', 'memory.max')):
    group = os.path.join(tree, name)
    try:
        os.makedirs(group, exist_ok=True)
        with open(os.path.join(group, limit), 'w') as file:
            file.write(str(32 << 20))
        with open(os.path.join(group, 'cgroup.procs'), 'w') as file:
            file.write(str(os.getpid()))
    except OSError:
        continue
    held = []
    while True:
        held.append(b'x' * (1 << 20))
sys.exit('no memory controller')
