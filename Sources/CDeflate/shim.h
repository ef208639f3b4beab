// CRC-32 and gzip by libdeflate, which computes them with the processor's own instructions.

#ifndef CDEFLATE_SHIM_H
#define CDEFLATE_SHIM_H

#include <libdeflate.h>

#endif
