/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an agent wrote down, the next one reads. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_private.h"
#include "lib/log.h"
#include "unit/rig.h"

static const char *const G = "239.1.1.1";
static const char *const SSM = "232.1.1.1";
static const char *const S = "10.0.0.1";

usec_t agent_now(void)
{
	return 1000 * USEC_PER_SEC;
}

/* An agent whose channels are balanced, and its socket's name. */
struct rigged {
	struct rig *rig;
	struct agent agent;
};

static struct rigged *agent_new(uint32_t slot0, uint32_t slot1)
{
	const uint32_t numbers[] = {1, 2, slot0, slot1};
	struct rigged *r = xcalloc(1, sizeof(*r));

	log_set_level(LOG_LEVEL_WARNING);
	r->rig = rig_new(FAST_LEAVE_AUTO);
	r->agent.proxy = r->rig->proxy;
	r->agent.n_ports = ARRAY_SIZE(numbers);
	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		r->agent.ports[i] = (struct agent_port){.number = numbers[i],
							.slot = (int)i - 2 < 0 ? -1 : (int)i - 2,
							.attached = true};
		snprintf(r->agent.ports[i].name, IFNAMSIZ, "p%u", numbers[i]);
	}
	murt_set_balance(r->rig->murt, MURT_BALANCE_ROUND_ROBIN);
	rig_row(r->rig, "", "", "", 7, 10);
	rig_row(r->rig, "", "", "", 8, 10);
	return r;
}

static void agent_end(struct rigged *r)
{
	journal_close(&r->agent);
	rig_free(r->rig);
	free(r);
}

static char *temporary_socket(void)
{
	char folder[] = "/tmp/mupi-journal-XXXXXX", *path;

	cr_assert_not_null(mkdtemp(folder));
	cr_assert(asprintf(&path, "%s/socket", folder) > 0);
	return path;
}

/* Of an agent with a channel on slot 1 and one, from one source, on slot 0: the other way round
 * than the turns would give them to a new agent. */
static char *written(void)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket();

	journal_open(&r->agent, socket);
	rig_record(r->rig, 0, "10.100.0.11", RECORD_ALLOW, SSM, "10.0.0.2");
	rig_record(r->rig, 0, "10.100.0.11", RECORD_TO_EX, G, "");
	rig_record(r->rig, 0, "10.100.0.11", RECORD_BLOCK, SSM, "10.0.0.2");
	rig_advance(r->rig, 5 * USEC_PER_SEC);
	rig_record(r->rig, 1, "10.100.0.12", RECORD_ALLOW, SSM, S);
	for (const struct member *m = member_first(r->rig->proxy); m; m = member_following(m))
		journal_event(&r->agent, &(struct proxy_event){.type = PROXY_JOIN, .member = m});
	cr_assert_str_eq(rig_forwards(r->rig, 8, G, S), "1");
	cr_assert_str_eq(rig_forwards(r->rig, 7, SSM, S), "2");
	agent_end(r);
	return socket;
}

static struct rigged *reader_of(const char *socket, uint32_t slot0, uint32_t slot1)
{
	struct rigged *r = agent_new(slot0, slot1);

	journal_open(&r->agent, socket);
	rig_advance(r->rig, 0);
	return r;
}

static void forget(char *socket)
{
	journal_remove(socket);
	*strrchr(socket, '/') = '\0';
	rmdir(socket);
	free(socket);
}

Test(journal, the_next_agent_knows_who_serves)
{
	char *socket = written();
	struct rigged *r;

	for (unsigned int again = 0; again < 2; again++) {
		r = reader_of(socket, 7, 8);
		cr_expect_str_eq(rig_forwards(r->rig, 8, G, S), "1");
		cr_expect_str_eq(rig_forwards(r->rig, 7, SSM, S), "2");
		agent_end(r);
	}
	forget(socket);
}

Test(journal, hosts_keep_their_version)
{
	for (unsigned int generation = 1; generation <= 2; generation++) {
		char *socket = temporary_socket();
		struct rigged *r = agent_new(7, 8);
		const struct member *m;

		rig_old_report(r->rig, 0, "10.100.0.11", generation, G);
		rig_record(r->rig, 0, "10.100.0.12", RECORD_TO_EX, G, "");
		journal_open(&r->agent, socket);
		agent_end(r);
		r = reader_of(socket, 7, 8);
		m = member_first(r->rig->proxy);
		cr_assert_eq(r->rig->proxy->members.n, 2u);
		cr_expect_eq(m->generation, generation);
		cr_expect_eq(member_following(m)->generation, 3);
		agent_end(r);
		forget(socket);
	}
}

Test(journal, upstreams_are_known_by_their_ports)
{
	char *socket = written();
	struct rigged *r = reader_of(socket, 8, 7);

	/* The rig's own numbers stay with the slots. */
	cr_expect_str_eq(rig_forwards(r->rig, 7, G, S), "1");
	cr_expect_str_eq(rig_forwards(r->rig, 8, SSM, S), "2");
	agent_end(r);
	forget(socket);
}

Test(journal, interfaces_are_followed_when_numbers_move)
{
	char *socket = written();
	struct rigged *r = agent_new(8, 7);

	for (unsigned int i = 0; i < 4; i++)
		snprintf(r->agent.ports[i].name, IFNAMSIZ, "p%u", r->rig->proxy->ports[i].number);
	r->agent.ports[0].number = 2;
	r->agent.ports[1].number = 3;
	strcpy(r->agent.ports[0].name, "p1");
	strcpy(r->agent.ports[1].name, "p9");
	journal_open(&r->agent, socket);
	rig_advance(r->rig, 0);
	cr_expect_str_eq(rig_forwards(r->rig, 8, G, S), "1");
	cr_expect_eq(r->rig->proxy->members.n, 1u, "an interface that is no more");
	agent_end(r);
	forget(socket);
}

Test(journal, who_was_behind_a_number_is_not_behind_its_new_interface)
{
	char *socket = written();
	struct rigged *r = agent_new(7, 8);

	strcpy(r->agent.ports[1].name, "p9");
	journal_open(&r->agent, socket);
	cr_expect_eq(r->rig->proxy->ports[0].n_members, 1u);
	cr_expect_eq(r->rig->proxy->ports[1].n_members, 0u);
	agent_end(r);
	forget(socket);
}

static void hear(struct rigged *r, uint8_t host)
{
	struct neighbour n = {.mac = {2, 0, 0, 0, 1, host}};

	cr_assert_eq(addr_parse("10.0.0.50", &n.addr), 0);
	proxy_neighbour(r->rig->proxy, 0, &n, r->rig->now);
}

/* Which of two hosts has it, they are asked. */
Test(journal, an_address_may_be_that_of_two_hosts)
{
	char *socket = temporary_socket();
	struct rigged *r = agent_new(7, 8);

	hear(r, 1);
	hear(r, 2);
	journal_open(&r->agent, socket);
	agent_end(r);
	r = reader_of(socket, 7, 8);
	cr_expect_eq(r->rig->proxy->ports[0].n_identities, 2u);
	cr_expect_eq(r->rig->proxy->host_addrs.n, 2u);
	agent_end(r);
	forget(socket);
}

Test(journal, an_upstream_that_is_no_more_is_left_out)
{
	char *socket = written();
	struct rigged *r = reader_of(socket, 7, 9);

	cr_expect_str_eq(rig_forwards(r->rig, 7, SSM, S), "2");
	cr_expect_eq(r->rig->proxy->members.n, 2u);
	cr_expect_eq(r->rig->proxy->n_handovers, 0u);
	agent_end(r);
	forget(socket);
}

static char *state_of(const char *socket)
{
	char *path;

	cr_assert(asprintf(&path, "%s.state", socket) > 0);
	return path;
}

Test(journal, one_of_another_version_is_not_read)
{
	char *socket = written(), *path = state_of(socket);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct rigged *r;

	cr_assert_eq(write(fd, "mupi-j1", 8), 8);
	close(fd);
	r = reader_of(socket, 7, 8);
	cr_expect_eq(r->rig->proxy->members.n, 0u);
	agent_end(r);
	free(path);
	forget(socket);
}

Test(journal, what_a_crash_cut_short_is_read_up_to_there)
{
	char *socket = written(), *path = state_of(socket);
	size_t known = 2;
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	for (off_t len = st.st_size; len-- > 0;) {
		struct rigged *r = agent_new(7, 8);

		cr_assert_eq(truncate(path, len), 0);
		journal_read(&r->agent, path);
		cr_expect_leq(r->rig->proxy->members.n, known);
		known = r->rig->proxy->members.n;
		agent_end(r);
	}
	cr_expect_eq(known, 0u);
	free(path);
	forget(socket);
}

static void note(struct rigged *r, enum proxy_event_type type, const struct member *member)
{
	journal_event(&r->agent, &(struct proxy_event){.type = type, .member = member});
}

Test(journal, the_last_word_on_a_membership_counts)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket();
	const struct member *gone, *back;

	journal_open(&r->agent, socket);
	rig_record(r->rig, 0, "10.100.0.11", RECORD_TO_EX, G, "");
	gone = member_first(r->rig->proxy);
	rig_record(r->rig, 1, "10.100.0.12", RECORD_TO_EX, G, "");
	back = member_first(r->rig->proxy);
	back = back == gone ? member_following(gone) : back;
	note(r, PROXY_JOIN, back);
	note(r, PROXY_LEAVE, back);
	note(r, PROXY_JOIN, gone);
	note(r, PROXY_JOIN, back);
	note(r, PROXY_LEAVE, gone);
	agent_end(r);
	r = reader_of(socket, 7, 8);
	cr_expect_str_eq(rig_member(r->rig, 0, "10.100.0.11", G), "");
	cr_expect_str_eq(rig_member(r->rig, 1, "10.100.0.12", G), "EXCLUDE |");
	agent_end(r);
	forget(socket);
}

/* Half of them leave, and half of these come back. */
Test(journal, the_last_word_on_each_of_many_counts)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket(), client[ADDR_STRLEN];
	const struct member *m;
	unsigned int n = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(client, sizeof(client), "10.100.%u.%u", i / 250, i % 250 + 1);
		rig_record(r->rig, i % 2, client, RECORD_TO_EX, G, "");
	}
	journal_open(&r->agent, socket);
	for (m = member_first(r->rig->proxy); m; m = member_following(m), n++)
		if (n % 2)
			note(r, PROXY_LEAVE, m);
	n = 0;
	for (m = member_first(r->rig->proxy); m; m = member_following(m), n++)
		if (n % 4 == 1)
			note(r, PROXY_JOIN, m);
	agent_end(r);
	r = reader_of(socket, 7, 8);
	cr_expect_eq(r->rig->proxy->members.n, 750u);
	agent_end(r);
	forget(socket);
}

Test(journal, what_no_client_can_have_asked_for_is_not_read)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} faults[] = {
		{offsetof(struct journal_record, group) + 12, 10},
		{offsetof(struct journal_record, client), 0x20},
		{offsetof(struct journal_record, served[0].source.addr), 0x20},
	};
	/* Behind the four ports, two upstreams and a membership without sources. */
	off_t at = sizeof(struct journal_header) + 7 * sizeof(struct journal_record);

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		char *socket = written(), *path = state_of(socket);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		struct rigged *r = agent_new(7, 8);

		cr_assert_eq(pwrite(fd, &faults[i].value, 1, at + (off_t)faults[i].offset), 1);
		close(fd);
		journal_read(&r->agent, path);
		cr_expect_eq(r->rig->proxy->members.n, 1u, "fault %zu", i);
		agent_end(r);
		free(path);
		forget(socket);
	}
}

Test(journal, the_size_of_a_strange_file_does_not_matter)
{
	char *socket = temporary_socket(), *path = state_of(socket);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct rigged *r;

	cr_assert_eq(ftruncate(fd, (off_t)1 << 42), 0);
	close(fd);
	r = reader_of(socket, 7, 8);
	cr_expect_eq(r->rig->proxy->members.n, 0u);
	agent_end(r);
	free(path);
	forget(socket);
}

Test(journal, half_a_file_is_not_left_where_there_is_no_room)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket();

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, RLIM_INFINITY}), 0);
	journal_open(&r->agent, socket);
	agent_end(r);
	*strrchr(socket, '/') = '\0';
	cr_expect_eq(rmdir(socket), 0, "the folder is not empty");
	free(socket);
}

Test(journal, a_file_that_ends_within_its_header_is_told_with_the_reason)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket(), text[512] = "";
	int log[2], told = dup(STDERR_FILENO);

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){10, RLIM_INFINITY}), 0);
	cr_assert_eq(pipe(log), 0);
	dup2(log[1], STDERR_FILENO);
	journal_open(&r->agent, socket);
	dup2(told, STDERR_FILENO);
	cr_assert_geq(read(log[0], text, sizeof(text) - 1), 1);
	cr_expect(strstr(text, "File too large"), "%s", text);
	agent_end(r);
	forget(socket);
}

/* Behind the length of a prefix, as memory from the heap is full of what was there. */
Test(journal, what_the_memory_held_before_is_not_written)
{
	static const uint8_t none[sizeof(struct prefix) - offsetof(struct prefix, len) - 1];
	uint8_t file[1024];
	char *socket, *path;
	ssize_t n;
	size_t at = sizeof(struct journal_header);
	unsigned int seen = 0;
	int fd;

	mallopt(M_PERTURB, 0x55);
	socket = written();
	path = state_of(socket);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, file, sizeof(file));
	close(fd);
	while ((ssize_t)(at + sizeof(struct journal_record)) <= n) {
		const struct journal_record *r = (const struct journal_record *)(file + at);
		const uint8_t *end = file + at + r->size;

		for (const uint8_t *s = (const uint8_t *)r->served; s < end;
		     s += sizeof(struct proxy_served), seen++)
			cr_expect_arr_eq(s + offsetof(struct prefix, len) + 1, none, sizeof(none));
		at += r->size;
	}
	cr_expect_gt(seen, 0u);
	free(path);
	forget(socket);
}

/* ---- how much is written ---- */

static off_t size_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_size;
}

Test(journal, a_mass_of_changes_is_written_once)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket(), *path = state_of(socket);
	struct proxy_event event = {.type = PROXY_RESOLVED};

	journal_open(&r->agent, socket);
	rig_record(r->rig, 0, "10.100.0.11", RECORD_TO_EX, G, "");
	event.member = member_first(r->rig->proxy);
	for (unsigned int i = 0; i < 100000; i++)
		journal_event(&r->agent, &event);
	journal_flush(&r->agent);
	cr_expect_lt(size_of(path), 1000);
	agent_end(r);
	r = reader_of(socket, 7, 8);
	cr_expect_eq(r->rig->proxy->members.n, 1u);
	agent_end(r);
	free(path);
	forget(socket);
}

/* Each of the hosts has as many addresses as are kept. */
Test(journal, what_all_counts_is_not_written_again)
{
	struct rigged *r = agent_new(7, 8);
	char *socket = temporary_socket(), *path = state_of(socket);
	off_t size;

	for (uint32_t i = 0; i < 400 * IDENTITY_ADDRS; i++) {
		struct neighbour n = {
			.addr = addr_from_v6((uint8_t[16]){0x20, 1, [13] = (uint8_t)(i >> 16),
							   (uint8_t)(i >> 8), (uint8_t)i})};

		n.mac[0] = 2;
		n.mac[4] = (uint8_t)(i / IDENTITY_ADDRS >> 8);
		n.mac[5] = (uint8_t)(i / IDENTITY_ADDRS);
		proxy_neighbour(r->rig->proxy, 0, &n, r->rig->now);
	}
	journal_open(&r->agent, socket);
	size = size_of(path);
	cr_expect_gt(size, 400 * IDENTITY_ADDRS * (off_t)sizeof(struct journal_record));
	journal_upstream(&r->agent, &r->agent.ports[2]);
	journal_flush(&r->agent);
	cr_expect_eq(size_of(path), size + (off_t)sizeof(struct journal_record));
	agent_end(r);
	free(path);
	forget(socket);
}
