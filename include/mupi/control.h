/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol between mupictl and the agent: a Unix stream socket, one JSON object a line
 * each way.
 *
 *   request   {"command": "murt lookup", "args": {"client": "10.0.0.1", "group": "232.1.1.1"}}
 *   answer    {"result": VALUE}                       VALUE is what `mupictl -j` prints
 *             {"result": VALUE, "unsaved": "TEXT"}    done, but a restart may not know: for stderr
 *             {"error": "TEXT", "exit": 1}            TEXT for stderr, exit code for the shell
 *
 * A long answer that cannot be finished is an error, too, behind the "result" so far.
 *
 * A connection may carry any number of requests, one after the other. Args are strings unless said.
 *
 * Without args:
 *   murt list, murt export, murt flush, acl, groups, upstreams, providers, flows, ports, stats,
 *   audit, status, reload, monitor
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
/*
 * monitor is answered, and from then on each line is an event, until the client closes; what it
 * sends is ignored. An event has "time" (seconds since 1970) and "event":
 *
 *   join             port, client, group, mode, sources, upstreams
 *   change           the same, with was (upstreams): it asks for another mode or other sources
 *   resolved         the same: it is served by other upstreams
 *   refused, denied  port, client, group, sources (INCLUDE mode: those that nobody serves)
 *   leave            port, client, group, why: left, expired, port, ssm (it needs a source by now)
 *   limit            port, limit: a key of [limits] that refused a request
 *   querier          port, family, querier: self, none or an address
 *   port             port, name, role, state; of an upstream, too: enabled
 *   table            change, id (a row; left out when it is about more)
 *   missed           count: the client read too slowly for so many events; has no time
 *
 * Who may not do what it asks for, one client too many, of a reader or in all, or a reader with one
 * long answer too many, gets an error line. After an error of the connection itself (too long, too
 * late, too many) the agent hangs up. A long answer that is being prepared may have blanks where
 * JSON has them.
 */
#ifndef MUPI_CONTROL_H
#define MUPI_CONTROL_H

#define MUPI_CONTROL_SOCKET	      "/run/mupi/agent.sock"
/*
 * A longer request is refused and the connection closed: a table of a million rows fits. Longer
 * ones than the second are read one at a time; and so much for who may only read.
 */
#define MUPI_CONTROL_MAX_REQUEST      (128 * 1024 * 1024)
#define MUPI_CONTROL_LARGE_REQUEST    (1024 * 1024)
#define MUPI_CONTROL_MAX_READ_REQUEST 65536

#endif
