#pragma once
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_deriv.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_hyperg.h>
#include <gsl/gsl_sf_zeta.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_version.h>

/* Getters, since Swift takes the library's pointers for shared mutable state. */
static inline const gsl_root_fsolver_type *gsl_brent(void) { return gsl_root_fsolver_brent; }
static inline const char *gsl_running_version(void) { return gsl_version; }
static inline const gsl_min_fminimizer_type *feedsim_brent_minimum(void) {
  return gsl_min_fminimizer_brent;
}
static inline const gsl_multimin_fminimizer_type *feedsim_simplex(void) {
  return gsl_multimin_fminimizer_nmsimplex2;
}
static inline const gsl_qrng_type *feedsim_sobol(void) { return gsl_qrng_sobol; }
#include "shim_features.h"
#include "shim_memory.h"
#include "shim_prefetch.h"
#include "shim_vectors.h"
