/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state tables of RFC 9776 (IGMPv3) and RFC 9777 (MLDv2), router side, one row for each case.
 * tests/unit/test_conformance.c runs every row on the virtual clock, tests/tools/conformance.c
 * against the real agent.
 *
 * A row is about one group on one port and client A there. `given` and `event` are words separated
 * by "; ":
 *
 *   IS_IN IS_EX TO_IN TO_EX ALLOW BLOCK   a record of A, with its sources: "TO_EX 1 2"
 *   V1, V2, LEAVE                         IGMPv1, IGMPv2 and MLDv1 report; IGMPv2 Leave, MLDv1 Done
 *   QUERY, QUERY 1 2, QUERY.S             of another router that is the elected querier: Q(G),
 *                                         Q(G,{1,2}), Q(G) with the S flag
 *   GMI OHP LMQT, /2 /4                   that time passes: group membership interval, older host
 *                                         present interval, last member query time; "<GMI" ends
 *                                         just before, ">GMI" just after
 *   B.WORD                                the same from a second client B
 *
 * Of the five sources 1 2 3 4 9, rows list the first four; 9 stands for all that nobody lists.
 * What follows the event: A's state ("INCLUDE 1", "EXCLUDE 2 | 3": 2 is forwarded with a timer
 * running, 3 is not; "" none), which of the five sources the port gets, and the queries sent since:
 * "Q(G) Q(G,1)", with an S behind for the S flag. Then `wait` passes, and the three are looked at
 * once more.
 *
 * Mode OFF is fast_leave = off, the RFC to the letter; EXACT is fast_leave = auto with its clients
 * tracked one by one, whose own word is final as long as no older host hides on the port.
 */
#ifndef MUPI_TEST_ROWS_H
#define MUPI_TEST_ROWS_H

enum row_mode { OFF = 1, EXACT = 2, BOTH = OFF | EXACT };

struct outcome {
	const char *state, *delivered, *queries;
};

struct row {
	const char *igmp; /* section of RFC 9776 */
	const char *mld;  /* section of RFC 9777; NULL: IPv4 only */
	enum row_mode mode;
	const char *given, *event;
	struct outcome now;
	const char *wait; /* NULL: DONE, that was all */
	struct outcome then;
};

/* clang-format off */
#define ALL  "1 2 3 4 9"
#define DONE NULL, {"", "", ""}

static const struct row rows[] = {

/* ---- Current-State Records --------------------------------------------------------------------- */

/* INCLUDE (A), IS_IN (B): INCLUDE (A+B); (B)=GMI */
{"6.4.1", "7.4.1", BOTH,  "",                  "IS_IN 1",      {"INCLUDE 1",       "1",        ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "",                  "IS_IN",        {"",                "",         ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "ALLOW 1",           "IS_IN",        {"INCLUDE 1",       "1",        ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_IN 1 2; GMI/2",  "IS_IN 2 3",    {"INCLUDE 1 2 3",   "1 2 3",    ""},
						     ">GMI/2", {"INCLUDE 2 3",     "2 3",      ""}},
/* INCLUDE (A), IS_EX (B): EXCLUDE (A*B,B-A); (B-A)=0, Delete (A-B), Group Timer=GMI */
{"6.4.1", "7.4.1", BOTH,  "",                  "IS_EX",        {"EXCLUDE |",       ALL,        ""},
						     "<GMI",   {"EXCLUDE |",       ALL,        ""}},
{"6.4.1", "7.4.1", BOTH,  "",                  "IS_EX 1",      {"EXCLUDE | 1",     "2 3 4 9",  ""},
						     ">GMI",   {"",                "",         ""}},
{"6.4.1", "7.4.1", OFF,   "IS_IN 1 2; GMI/2",  "IS_EX 2 3",    {"EXCLUDE 2 | 3",   "1 2 4 9",  ""},
						     ">GMI/2", {"EXCLUDE | 2 3",   "1 4 9",    ""}},
{"6.4.1", "7.4.1", EXACT, "IS_IN 1 2",         "IS_EX 2 3",    {"EXCLUDE | 2 3",   "1 4 9",    ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_IN 1 2",         "IS_EX 3",      {"EXCLUDE | 3",     "1 2 4 9",  ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_IN 1 2",         "IS_EX",        {"EXCLUDE |",       ALL,        ""}, DONE},
/* EXCLUDE (X,Y), IS_IN (A): EXCLUDE (X+A,Y-A); (A)=GMI */
{"6.4.1", "7.4.1", BOTH,  "IS_EX 1 2; IS_IN 3; GMI/2", "IS_IN 2",
						      {"EXCLUDE 2 3 | 1", "2 3 4 9",  ""},
					    ">GMI/2", {"INCLUDE 2",       "2",        ""}},
{"6.4.1", "7.4.1", BOTH,  "IS_EX 1",           "IS_IN 2",      {"EXCLUDE 2 | 1",   "2 3 4 9",  ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_EX 1 2",         "IS_IN 1 2",    {"EXCLUDE 1 2 |",   ALL,        ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_EX 1",           "IS_IN",        {"EXCLUDE | 1",     "2 3 4 9",  ""}, DONE},
/* EXCLUDE (X,Y), IS_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=GMI, Delete (X-A), Delete (Y-A), Group
 * Timer=GMI */
{"6.4.1", "7.4.1", OFF,   "IS_EX 1 2; IS_IN 3; GMI/2", "IS_EX 2 3 4",
						      {"EXCLUDE 3 4 | 2", "1 3 4 9",  ""},
					    ">GMI/2", {"EXCLUDE 4 | 2 3", "1 4 9",    ""}},
{"6.4.1", "7.4.1", OFF,   "IS_EX 1; IS_IN 2 3", "IS_EX 3",
						      {"EXCLUDE 3 |",     ALL,        ""}, DONE},
{"6.4.1", "7.4.1", EXACT, "IS_EX 1 2; IS_IN 3", "IS_EX 2 3 4",
						      {"EXCLUDE | 2 3 4", "1 9",      ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_EX 1 2; IS_IN 3", "IS_EX",
						      {"EXCLUDE |",       ALL,        ""}, DONE},
{"6.4.1", "7.4.1", BOTH,  "IS_EX 1; GMI/2",    "IS_EX 1",      {"EXCLUDE | 1",     "2 3 4 9",  ""},
						     "<GMI",   {"EXCLUDE | 1",     "2 3 4 9",  ""}},

/* ---- Filter-Mode-Change and Source-List-Change Records ----------------------------------------- */

/* INCLUDE (A), ALLOW (B): INCLUDE (A+B); (B)=GMI */
{"6.4.2", "7.4.2", BOTH,  "",                  "ALLOW 1 2",    {"INCLUDE 1 2",     "1 2",      ""}, DONE},
{"6.4.2", "7.4.2", BOTH,  "ALLOW 1 2; GMI/2",  "ALLOW 2 3",    {"INCLUDE 1 2 3",   "1 2 3",    ""},
						     ">GMI/2", {"INCLUDE 2 3",     "2 3",      ""}},
/* INCLUDE (A), BLOCK (B): INCLUDE (A); Send Q(G,A*B) */
{"6.4.2", "7.4.2", OFF,   "ALLOW 1 2",         "BLOCK 2 3",
						      {"INCLUDE 1 2",     "1 2",      "Q(G,2)"},
					    ">LMQT",  {"INCLUDE 1",       "1",        "Q(G,2)"}},
{"6.4.2", "7.4.2", OFF,   "ALLOW 1 2",         "BLOCK 1 2",
						      {"INCLUDE 1 2",     "1 2",      "Q(G,1,2)"},
					    "<LMQT",  {"INCLUDE 1 2",     "1 2",      "Q(G,1,2)"}},
{"6.4.2", "7.4.2", OFF,   "ALLOW 1",           "BLOCK 1",
						      {"INCLUDE 1",       "1",        "Q(G,1)"},
					    ">LMQT",  {"",                "",         "Q(G,1)"}},
{"6.4.2", "7.4.2", OFF,   "ALLOW 1 2; BLOCK 2; LMQT/4", "IS_IN 2",
						      {"INCLUDE 1 2",     "1 2",      ""},
					    ">LMQT",  {"INCLUDE 1 2",     "1 2",      "Q(G,2)S"}},
{"6.4.2", "7.4.2", EXACT, "ALLOW 1 2",         "BLOCK 2 3",    {"INCLUDE 1",       "1",        ""},
						     ">LMQT",  {"INCLUDE 1",       "1",        ""}},
{"6.4.2", "7.4.2", EXACT, "ALLOW 1",           "BLOCK 1",      {"",                "",         ""}, DONE},
{"6.4.2", "7.4.2", BOTH,  "ALLOW 1 2",         "BLOCK 3",      {"INCLUDE 1 2",     "1 2",      ""}, DONE},
{"6.4.2", "7.4.2", BOTH,  "",                  "BLOCK 3",      {"",                "",         ""}, DONE},
/* INCLUDE (A), TO_EX (B): EXCLUDE (A*B,B-A); (B-A)=0, Delete (A-B), Send Q(G,A*B), Group Timer=GMI */
{"6.4.2", "7.4.2", OFF,   "ALLOW 1 2",         "TO_EX 2 3",
						      {"EXCLUDE 2 | 3",   "1 2 4 9",  "Q(G,2)"},
					    ">LMQT",  {"EXCLUDE | 2 3",   "1 4 9",    "Q(G,2)"}},
{"6.4.2", "7.4.2", EXACT, "ALLOW 1 2",         "TO_EX 2 3",    {"EXCLUDE | 2 3",   "1 4 9",    ""},
						     ">LMQT",  {"EXCLUDE | 2 3",   "1 4 9",    ""}},
{"6.4.2", "7.4.2", BOTH,  "ALLOW 1 2",         "TO_EX 3",      {"EXCLUDE | 3",     "1 2 4 9",  ""},
						     ">LMQT",  {"EXCLUDE | 3",     "1 2 4 9",  ""}},
{"6.4.2", "7.4.2", BOTH,  "",                  "TO_EX 1",      {"EXCLUDE | 1",     "2 3 4 9",  ""},
						     "<GMI",   {"EXCLUDE | 1",     "2 3 4 9",  ""}},
{"6.4.2", "7.4.2", BOTH,  "",                  "TO_EX",        {"EXCLUDE |",       ALL,        ""},
						     ">GMI",   {"",                "",         ""}},
/* INCLUDE (A), TO_IN (B): INCLUDE (A+B); (B)=GMI, Send Q(G,A-B) */
{"6.4.2", "7.4.2", OFF,   "ALLOW 1 2",         "TO_IN 2 3",
						      {"INCLUDE 1 2 3",   "1 2 3",    "Q(G,1)"},
					    ">LMQT",  {"INCLUDE 2 3",     "2 3",      "Q(G,1)"}},
{"6.4.2", "7.4.2", OFF,   "ALLOW 1",           "TO_IN",
						      {"INCLUDE 1",       "1",        "Q(G,1)"},
					    ">LMQT",  {"",                "",         "Q(G,1)"}},
{"6.4.2", "7.4.2", EXACT, "ALLOW 1 2",         "TO_IN 2 3",    {"INCLUDE 2 3",     "2 3",      ""}, DONE},
{"6.4.2", "7.4.2", EXACT, "ALLOW 1",           "TO_IN",        {"",                "",         ""}, DONE},
{"6.4.2", "7.4.2", BOTH,  "",                  "TO_IN 1",      {"INCLUDE 1",       "1",        ""}, DONE},
{"6.4.2", "7.4.2", BOTH,  "ALLOW 1; GMI/2",    "TO_IN 1 2",    {"INCLUDE 1 2",     "1 2",      ""},
						     "<GMI",   {"INCLUDE 1 2",     "1 2",      ""}},
/* EXCLUDE (X,Y), ALLOW (A): EXCLUDE (X+A,Y-A); (A)=GMI */
{"6.4.2", "7.4.2", BOTH,  "TO_EX 1 2; ALLOW 3; GMI/2", "ALLOW 2",
						      {"EXCLUDE 2 3 | 1", "2 3 4 9",  ""},
					    ">GMI/2", {"INCLUDE 2",       "2",        ""}},
/* EXCLUDE (X,Y), BLOCK (A): EXCLUDE (X+(A-Y),Y); (A-X-Y)=Group Timer, Send Q(G,A-Y) */
{"6.4.2", "7.4.2", OFF,   "TO_EX 1 2; ALLOW 3", "BLOCK 2 3 4",
						      {"EXCLUDE 3 4 | 1 2", "3 4 9",    "Q(G,3,4)"},
					    ">LMQT",  {"EXCLUDE | 1 2 3 4", "9",        "Q(G,3,4)"}},
{"6.4.2", "7.4.2", OFF,   "TO_EX; BLOCK 1; LMQT/4", "ALLOW 1",
						      {"EXCLUDE 1 |",     ALL,        ""},
					    ">LMQT",  {"EXCLUDE 1 |",     ALL,        "Q(G,1)S"}},
{"6.4.2", "7.4.2", EXACT, "TO_EX 1 2; ALLOW 3", "BLOCK 2 3 4",
						      {"EXCLUDE | 1 2 3 4", "9",        ""},
					    ">LMQT",  {"EXCLUDE | 1 2 3 4", "9",        ""}},
{"6.4.2", "7.4.2", BOTH,  "TO_EX 1 2",         "BLOCK 2",      {"EXCLUDE | 1 2",   "3 4 9",    ""}, DONE},
/* EXCLUDE (X,Y), TO_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=Group Timer, Delete (X-A), Delete (Y-A), Send
 * Q(G,A-Y), Group Timer=GMI */
{"6.4.2", "7.4.2", OFF,   "TO_EX 1 2; ALLOW 3", "TO_EX 2 3 4",
						      {"EXCLUDE 3 4 | 2", "1 3 4 9",  "Q(G,3,4)"},
					    ">LMQT",  {"EXCLUDE | 2 3 4", "1 9",      "Q(G,3,4)"}},
{"6.4.2", "7.4.2", EXACT, "TO_EX 1 2; ALLOW 3", "TO_EX 2 3 4",
						      {"EXCLUDE | 2 3 4", "1 9",      ""},
					    ">LMQT",  {"EXCLUDE | 2 3 4", "1 9",      ""}},
{"6.4.2", "7.4.2", BOTH,  "TO_EX 1 2; ALLOW 3", "TO_EX 2",
						      {"EXCLUDE | 2",     "1 3 4 9",  ""}, DONE},
{"6.4.2", "7.4.2", BOTH,  "TO_EX 1; GMI/2",    "TO_EX",        {"EXCLUDE |",       ALL,        ""},
						     "<GMI",   {"EXCLUDE |",       ALL,        ""}},
/* EXCLUDE (X,Y), TO_IN (A): EXCLUDE (X+A,Y-A); (A)=GMI, Send Q(G,X-A), Send Q(G) */
{"6.4.2", "7.4.2", OFF,   "TO_EX 1 2; ALLOW 3", "TO_IN 2 4",
						      {"EXCLUDE 2 3 4 | 1", "2 3 4 9",  "Q(G) Q(G,3)"},
					    ">LMQT",  {"INCLUDE 2 4",     "2 4",      "Q(G) Q(G,3)"}},
{"6.4.2", "7.4.2", OFF,   "TO_EX",             "TO_IN",
						      {"EXCLUDE |",       ALL,        "Q(G)"},
					    "<LMQT",  {"EXCLUDE |",       ALL,        "Q(G)"}},
{"6.4.2", "7.4.2", OFF,   "TO_EX 1",           "TO_IN",
						      {"EXCLUDE | 1",     "2 3 4 9",  "Q(G)"},
					    ">LMQT",  {"",                "",         "Q(G)"}},
{"6.4.2", "7.4.2", EXACT, "TO_EX 1 2; ALLOW 3", "TO_IN 2 4",
						      {"INCLUDE 2 4",     "2 4",      ""},
					    "<GMI",   {"INCLUDE 2 4",     "2 4",      ""}},
{"6.4.2", "7.4.2", EXACT, "TO_EX",             "TO_IN",        {"",                "",         ""}, DONE},
{"6.4.2", "7.4.2", EXACT, "B.TO_EX 1; TO_EX",  "TO_IN",        {"",                "2 3 4 9",  ""},
						     ">LMQT",  {"",                "2 3 4 9",  ""}},

/* ---- timers: source-specific forwarding, switch of the filter mode ------------------------------ */

{"6.3", "7.3", BOTH,  "",                  "ALLOW 1",      {"INCLUDE 1",       "1",        ""},
						 "<GMI",   {"INCLUDE 1",       "1",        ""}},
{"6.3", "7.3", BOTH,  "",                  "ALLOW 1",      {"INCLUDE 1",       "1",        ""},
						 ">GMI",   {"",                "",         ""}},
/* In EXCLUDE mode a source whose timer ends stays listed, and is forwarded no more. */
{"6.3", "7.3", OFF,   "TO_EX; ALLOW 1; GMI/2", "IS_EX 1",      {"EXCLUDE 1 |",     ALL,        ""},
						     ">GMI/2", {"EXCLUDE | 1",     "2 3 4 9",  ""}},
/* Sources with timers running make the INCLUDE list, the others go. */
{"6.5", "7.5", BOTH,  "TO_EX 1; GMI/2",    "ALLOW 2",      {"EXCLUDE 2 | 1",   "2 3 4 9",  ""},
						 ">GMI/2", {"INCLUDE 2",       "2",        ""}},
{"6.5", "7.5", BOTH,  "TO_EX 1; GMI/2",    "ALLOW 2",      {"EXCLUDE 2 | 1",   "2 3 4 9",  ""},
						 "<GMI/2", {"EXCLUDE 2 | 1",   "2 3 4 9",  ""}},

/* ---- queries heard ------------------------------------------------------------------------------ */

/* Q(G): Group Timer is lowered to LMQT; Q(G,A): those of the sources in A; S flag: nothing */
{"6.6.1", "7.6.1", BOTH,  "TO_EX",             "QUERY",        {"EXCLUDE |",       ALL,        ""},
						     "<LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"6.6.1", "7.6.1", BOTH,  "TO_EX 1; ALLOW 2",  "QUERY",        {"EXCLUDE 2 | 1",   "2 3 4 9",  ""},
						     ">LMQT",  {"INCLUDE 2",       "2",        ""}},
{"6.6.1", "7.6.1", BOTH,  "TO_EX",             "QUERY.S",      {"EXCLUDE |",       ALL,        ""},
						     ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"6.6.1", "7.6.1", BOTH,  "ALLOW 1 2",         "QUERY 2 3",    {"INCLUDE 1 2",     "1 2",      ""},
						     ">LMQT",  {"INCLUDE 1",       "1",        ""}},
{"6.6.1", "7.6.1", BOTH,  "ALLOW 1 2",         "QUERY.S 2",    {"INCLUDE 1 2",     "1 2",      ""},
						     ">LMQT",  {"INCLUDE 1 2",     "1 2",      ""}},
{"6.6.1", "7.6.1", BOTH,  "TO_EX 2; ALLOW 1",  "QUERY 1 2",    {"EXCLUDE 1 | 2",   "1 3 4 9",  ""},
						     ">LMQT",  {"EXCLUDE | 1 2",   "3 4 9",    ""}},
{"6.6.1", "7.6.1", BOTH,  "TO_EX; QUERY; LMQT/4", "IS_EX",
						      {"EXCLUDE |",       ALL,        ""},
					    ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"6.6.1", "7.6.1", BOTH,  "V2",                "QUERY",        {"EXCLUDE |",       ALL,        ""},
						     ">LMQT",  {"",                "",         ""}},

/* ---- queries sent ------------------------------------------------------------------------------- */

/* Answered meanwhile: the group timer is larger than LMQT, so the S flag is set. */
{"6.6.3.1", "7.6.3.1", OFF,   "TO_EX; TO_IN; LMQT/4", "IS_EX",
						      {"EXCLUDE |",       ALL,        ""},
					    ">LMQT",  {"EXCLUDE |",       ALL,        "Q(G)S"}},
/* B keeps the group: it has a timer of its own. */
{"6.6.3.1", "7.6.3.1", OFF,   "B.TO_EX; TO_EX",    "TO_IN",
						      {"EXCLUDE |",       ALL,        "Q(G)S"},
					    ">LMQT",  {"",                ALL,        "Q(G)S"}},
/* An older host may hide behind A's report, so A's word is not final. */
{"6.6.3.1", "7.6.3.1", EXACT, "B.V2; TO_EX",       "TO_IN",
						      {"EXCLUDE |",       ALL,        "Q(G)S"},
					    ">LMQT",  {"",                ALL,        "Q(G)S"}},
/* A record said twice: the timer has been lowered already. */
{"6.6.3.1", "7.6.3.1", OFF,   "TO_EX; TO_IN; LMQT/2; LMQT/4", "TO_IN",
						      {"EXCLUDE |",       ALL,        "Q(G)"},
					    ">LMQT/4",{"",                "",         ""}},
{"6.6.3.2", "7.6.3.2", OFF,   "ALLOW 1 2; BLOCK 2; LMQT/2; LMQT/4", "BLOCK 2",
						      {"INCLUDE 1 2",     "1 2",      ""},
					    ">LMQT",  {"INCLUDE 1",       "1",        ""}},
/* New and pending queries are merged. */
{"6.6.3.2", "7.6.3.2", OFF,   "ALLOW 1 2; BLOCK 1; LMQT/4", "BLOCK 2",
						      {"INCLUDE 1 2",     "1 2",      "Q(G,1,2)"},
					    ">LMQT",  {"",                "",         "Q(G,2)"}},
/* Two queries: with the S flag for sources that are wanted beyond LMQT, without for the others. */
{"6.6.3.2", "7.6.3.2", OFF,   "B.ALLOW 1; ALLOW 1 2", "BLOCK 1 2",
						      {"INCLUDE 1 2",     "1 2",      "Q(G,1)S Q(G,2)"},
					    ">LMQT",  {"",                "1",        "Q(G,1)S Q(G,2)"}},

/* Beside a group-specific query, the one with the S flag may be left out. */
{"6.6.3.2", "7.6.3.2", OFF,    "B.ALLOW 1; TO_EX; ALLOW 1 2", "TO_IN",
						      {"EXCLUDE 1 2 |",   ALL,        "Q(G) Q(G,2)"},
					    ">LMQT",  {"",                "1",        "Q(G) Q(G,2)"}},

/* ---- older hosts -------------------------------------------------------------------------------- */

/* IGMPv2 and MLDv1: a report is IS_EX {}, a leave TO_IN {} */
{"7.3.2", "8.3.2", BOTH,  "",                  "V2",           {"EXCLUDE |",       ALL,        ""},
						     "<GMI",   {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", "8.3.2", BOTH,  "",                  "V2",           {"EXCLUDE |",       ALL,        ""},
						     ">GMI",   {"",                "",         ""}},
{"7.3.2", "8.3.2", BOTH,  "ALLOW 1",           "V2",           {"EXCLUDE |",       ALL,        ""}, DONE},
{"7.3.2", "8.3.2", BOTH,  "TO_EX 1",           "V2",           {"EXCLUDE |",       ALL,        ""}, DONE},
{"7.3.2", "8.3.2", BOTH,  "V2",                "LEAVE",
						      {"EXCLUDE |",       ALL,        "Q(G)"},
					    "<LMQT",  {"EXCLUDE |",       ALL,        "Q(G)"}},
{"7.3.2", "8.3.2", BOTH,  "V2",                "LEAVE",
						      {"EXCLUDE |",       ALL,        "Q(G)"},
					    ">LMQT",  {"",                "",         "Q(G)"}},
{"7.3.2", "8.3.2", BOTH,  "V2; LEAVE; LMQT/4", "V2",           {"EXCLUDE |",       ALL,        ""},
						     ">LMQT",  {"EXCLUDE |",       ALL,        "Q(G)S"}},
{"7.3.2", "8.3.2", BOTH,  "B.V2; V2",          "LEAVE",
						      {"EXCLUDE |",       ALL,        "Q(G)"},
					    ">LMQT",  {"",                "",         "Q(G)"}},
{"7.3.2", "8.3.2", BOTH,  "B.V2; V2; LEAVE; LMQT/4", "B.V2",
						      {"EXCLUDE |",       ALL,        ""},
					    ">LMQT",  {"",                ALL,        "Q(G)S"}},
/* Hosts of version 2 hide behind one another, so anybody's leave is asked about. */
{"7.3.2", "8.3.2", BOTH,  "B.V2", "LEAVE",
						      {"",                ALL,        "Q(G)"},
					    ">LMQT",  {"",                "",         "Q(G)"}},
{"7.3.2", "8.3.2", BOTH,  "",                  "LEAVE",        {"",                "",         ""}, DONE},
/* B's version is B's own: it is kept by client, where the RFCs keep it for the group. */
{"7.3.2", "8.3.2", BOTH,  "B.V2; TO_EX", "BLOCK 1",
						      {"EXCLUDE 1 |",     ALL,        "Q(G,1)"},
					    ">LMQT",  {"EXCLUDE | 1",     ALL,        "Q(G,1)"}},
/* … BLOCK and the sources of TO_EX are ignored */
{"7.3.2", "8.3.2", BOTH,  "V2",                "BLOCK 1",      {"EXCLUDE |",       ALL,        ""},
						     ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", "8.3.2", BOTH,  "V2",                "TO_EX 1",      {"EXCLUDE |",       ALL,        ""},
						     ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
/* … all else is as in version 3 */
{"7.3.2", "8.3.2", BOTH,  "V2",                "ALLOW 1",      {"EXCLUDE 1 |",     ALL,        ""}, DONE},
{"7.3.2", "8.3.2", BOTH,  "V2",                "IS_EX 1",      {"EXCLUDE 1 |",     ALL,        ""}, DONE},
{"7.3.2", "8.3.2", BOTH,  "V2",                "TO_IN 1",
						      {"EXCLUDE 1 |",     ALL,        "Q(G)"},
					    ">LMQT",  {"INCLUDE 1",       "1",        "Q(G)"}},
/* … until the older host present timer ends */
{"7.3.2", "8.3.2", BOTH,  "V2; OHP/2; IS_EX; <OHP/2", "BLOCK 1",
						      {"EXCLUDE |",       ALL,        ""},
					    ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", "8.3.2", OFF,   "V2; OHP/2; IS_EX; >OHP/2", "BLOCK 1",
						      {"EXCLUDE 1 |",     ALL,        "Q(G,1)"},
					    ">LMQT",  {"EXCLUDE | 1",     "2 3 4 9",  "Q(G,1)"}},
{"7.3.2", "8.3.2", EXACT, "V2; OHP/2; IS_EX; >OHP/2", "BLOCK 1",
						      {"EXCLUDE | 1",     "2 3 4 9",  ""}, DONE},
/* IGMPv1: its report is IS_EX {}; leaves and TO_IN are ignored too */
{"7.3.2", NULL, BOTH,  "",                  "V1",           {"EXCLUDE |",       ALL,        ""},
						  ">GMI",   {"",                "",         ""}},
{"7.3.2", NULL, BOTH,  "V1",                "V2",           {"EXCLUDE |",       ALL,        ""}, DONE},
{"7.3.2", NULL, BOTH,  "V1",                "LEAVE",        {"EXCLUDE |",       ALL,        ""},
						  ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", NULL, BOTH,  "V1; V2",            "LEAVE",        {"EXCLUDE |",       ALL,        ""},
						  ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", NULL, BOTH,  "B.V1; V2",          "LEAVE",        {"EXCLUDE |",       ALL,        ""},
						  ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", NULL, BOTH,  "V1",                "TO_IN 1",      {"EXCLUDE |",       ALL,        ""},
						  ">LMQT",  {"EXCLUDE |",       ALL,        ""}},
{"7.3.2", NULL, BOTH,  "V1",                "BLOCK 1",      {"EXCLUDE |",       ALL,        ""}, DONE},
{"7.3.2", NULL, BOTH,  "V1",                "TO_EX 1",      {"EXCLUDE |",       ALL,        ""}, DONE},
{"7.3.2", NULL, BOTH,  "V1; OHP/2; V2; <OHP/2", "LEAVE",
						      {"EXCLUDE |",       ALL,        ""}, DONE},
{"7.3.2", NULL, BOTH,  "V1; OHP/2; V2; >OHP/2", "LEAVE",
						      {"EXCLUDE |",       ALL,        "Q(G)"},
					    ">LMQT",  {"",                "",         "Q(G)"}},
};
/* clang-format on */

#endif
