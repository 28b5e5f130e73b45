#!/usr/bin/env python3
# Binds the port in its environment, as a JVM or Mesos would say it.
import os, socket, sys
port = int(os.environ['WANTED'])
try:
    socket.create_server(('127.0.0.1', port))
except OSError as error:
    sys.exit(f'Failed to bind on 127.0.0.1:{port}: {error.strerror} [{error.errno}]')
