/** Shell lines that put the stand-ins under the names of the real programs, as if somebody had installed those. */
export const standIns = `
for program in mesos-master mesos-slave marathon; do
  stand=$(echo $program | sed s/mesos-slave/mesos-agent/)
  printf '#!/bin/bash\\nexec -a /usr/sbin/%s /usr/local/bin/meshbox simulated %s "$@"\\n' $program $stand > /usr/sbin/$program
  chmod 755 /usr/sbin/$program
done
ln -s mesos-slave /usr/sbin/mesos-agent
`
