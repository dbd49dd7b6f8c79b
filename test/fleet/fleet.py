#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what test/fleet/fleet.c simulated: requests a minute against the limit, and how many devices are done.

    fleet.py CSV SVG      the policies whose name has no letter behind its number

It must never judge, nor know more of a policy than its name: fleet.c does.
"""
import csv
import itertools
import math
import re
import sys

import matplotlib

matplotlib.use('svg')
import matplotlib.pyplot as plot  # only once the backend is chosen

LIMIT = 300  # requests a minute
BINS = 20  # a decade of time: each minute of a month would be megabytes
COLOURS = '#777777', '#d62728', '#ff7f0e', '#9467bd', '#2ca02c'
TICKS = (1, '1 min'), (10, '10 min'), (60, '1 h'), (600, '10 h'), (1440, '1 day'), (4320, '3 days')


def read(path):
    """{policy: [(minute from 1 on, requests, done)]}"""
    policies = {}
    with open(path, newline='') as file:
        for row in csv.DictReader(file):
            if re.match(r'\d ', row['policy']):
                minute = int(row['minute']) + 1, int(row['requests']), int(row['done'])
                policies.setdefault(row['policy'], []).append(minute)
    return policies


def thinned(minutes):
    """(times, requests of the worst minute, done until then), one for each bin of the logarithmic axis."""
    done, points = 0, []
    for _, group in itertools.groupby(minutes, key=lambda row: int(BINS * math.log10(row[0]))):
        times, requests, finished = zip(*group)
        done += sum(finished)
        points.append((times[-1], max(requests), done))
    return zip(*points)


def draw(policies, path):
    figure, (above, below) = plot.subplots(2, 1, sharex=True, figsize=(9, 7.5), layout='constrained')
    for colour, (name, minutes) in zip(COLOURS, policies.items()):
        times, requests, done = thinned(minutes)
        style = {'color': colour, 'marker': 'o', 'markevery': [-1]}  # where it ends
        above.plot(times, [n / LIMIT for n in requests], label=name, **style)
        below.plot(times, done, **style)
    above.axhline(1, color='black', linewidth=0.8, linestyle='--')
    above.set(xscale='log', yscale='log', ylabel='requests of the worst minute / limit',
              title='After a power failure; L = 300 requests a minute, W = N / (0.8 L)')
    above.legend(fontsize='small')
    below.set(ylabel='devices done', xlabel='time')
    below.yaxis.set_major_formatter('{x:,.0f}')
    below.set_xticks([time for time, _ in TICKS], [text for _, text in TICKS])
    below.minorticks_off()
    for axes in (above, below):
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata={'Date': None, 'Creator': None})


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    # The same bytes each time, and words that can be searched.
    plot.rcParams.update({'svg.hashsalt': 'fleet', 'svg.fonttype': 'none'})
    draw(read(sys.argv[1]), sys.argv[2])


if __name__ == '__main__':
    main()
