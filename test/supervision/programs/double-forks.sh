#!/bin/sh
# Puts a daemon into a session of its own by forking twice, and goes on.
setsid sh -c 'sh -c "echo daemon \$\$; exec sleep 1000" &'
exec sleep 1000
