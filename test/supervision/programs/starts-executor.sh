#!/bin/sh
# Like mesos-agent: what it starts gets a session of its own, and must outlive it.
setsid sh -c 'echo "executor $$"; exec sleep 1000' &
exec sleep 1000
