#pragma once
/// Asks for the cache line that is about to be written.
static inline void feedsim_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
/// Asks for the cache line that is about to be read.
static inline void feedsim_prefetch_read(const void *address) { __builtin_prefetch(address, 0, 3); }
