"""A bad cable: carries Ethernet frames between two interfaces of this network namespace, both ways.

    cable.py PORT WALL LOSS DELAY_MS DUPLICATE

LOSS and DUPLICATE are shares from 0 to 1; each frame takes between DELAY_MS and half as much again, so that frames may
overtake each other. Real kernels do this with netem, which not every kernel has.

    cable.py --whole-frames INTERFACE

From now on the kernel hands out frames as they would be on a wire: with checksums, none larger than the MTU.
"""

import array
import fcntl
import heapq
import random
import select
import socket
import struct
import sys
import time

ALL_PROTOCOLS = 3
OUTGOING = 4
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17
LARGEST = 65536
WAITING_AT_MOST = 10_000


def whole_frames(interface):
    off = array.array("B", struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP", interface.encode(), off.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCETHTOOL, request)


def end(interface):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    opened.bind((interface, 0))
    return opened


def carry(ends, loss, delay, duplicate):
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    waiting = []
    count = 0
    while True:
        wait = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for readable in select.select(ends, [], [], wait)[0]:
            frame, source = readable.recvfrom(LARGEST)
            if source[2] == OUTGOING or random.random() < loss:
                continue
            for _ in range(2 if random.random() < duplicate else 1):
                if len(waiting) < WAITING_AT_MOST:
                    count += 1
                    due = time.monotonic() + delay * random.uniform(1, 1.5)
                    heapq.heappush(waiting, (due, count, other[readable], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, to, frame = heapq.heappop(waiting)
            try:
                to.send(frame)
            except OSError:
                pass  # the interface is down, or its queue is full: lost, as on a wire


if sys.argv[1] == "--whole-frames":
    whole_frames(sys.argv[2])
else:
    port, wall, loss, delay_ms, duplicate = sys.argv[1:]
    both = [end(port), end(wall)]
    print("ready", flush=True)
    carry(both, float(loss), float(delay_ms) / 1000, float(duplicate))
