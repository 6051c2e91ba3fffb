// SPDX-License-Identifier: GPL-2.0-or-later
/* The data plane's user side belongs to the edge, not to the core library the tests link. */
#include "io/dataplane.c"
#include "io/dp_attach.c"
#include "io/dp_flows.c"
#include "io/dp_former.c"
#include "io/dp_libxdp.c"
#include "io/dp_lists.c"
#include "io/dp_mode.c"
#include "io/dp_pin.c"
#include "io/dp_tc.c"
#include "io/features.c"
#include "io/netlink.c"
