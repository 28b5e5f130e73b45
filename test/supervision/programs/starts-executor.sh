#!/bin/sh
# Like mesos-agent: what it starts gets a session of its own, and must outlive it.
setsid sleep 1000 &
echo "executor $!"
exec sleep 1000
