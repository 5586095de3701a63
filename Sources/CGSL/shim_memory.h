#pragma once
#include <malloc.h>
/// Gives memory that was freed back to the system, so that what comes next is seen to take its own.
static inline void feedsim_trim_memory(void) { malloc_trim(0); }
