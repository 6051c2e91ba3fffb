/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol between mupictl and the agent: a Unix stream socket, one JSON object a line
 * each way.
 *
 *   request   {"command": "murt lookup", "args": {"client": "10.0.0.1", "group": "232.1.1.1"}}
 *   answer    {"result": VALUE}                       VALUE is what `mupictl -j` prints
 *             {"error": "TEXT", "exit": 1}            TEXT for stderr, exit code for the shell
 *
 * A connection may carry any number of requests, one after the other. Args are strings unless said.
 *
 * Without args:
 *   murt list, murt export, murt flush, acl, groups, upstreams, providers, flows, ports, stats,
 *   audit, status, reload
 * With args:
 *   murt lookup    client, group, source (optional), port (optional, number or name)
 *   murt add       client, group, source, upstream, priority, port, as on the command line
 *                  ("-" is empty); disabled (boolean)
 *   murt set       id, set (object: KEY of `murt list` to value, both strings)
 *   murt del, murt enable, murt disable
 *                  id
 *   murt import    text (of a file), name (of it, for errors)
 *   upstream enable, upstream disable
 *                  port
 *   members        port, group, client (each optional)
 *   exit           cleanup (boolean, optional)
 *   log            level
 */
#ifndef MUPI_CONTROL_H
#define MUPI_CONTROL_H

#define MUPI_CONTROL_SOCKET	 "/run/mupi/agent.sock"
/* A longer request is refused and the connection closed. */
#define MUPI_CONTROL_MAX_REQUEST 65536

#endif
