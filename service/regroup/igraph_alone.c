/* What igraph's archive wants of ARPACK where it is linked without it: eigenvectors of sparse matrices, which
 * nobody here asks for. ARPACK and what comes with igraph's shared library (BLAS, LAPACK, GLPK, libxml2, ICU
 * ...) are twenty libraries to be loaded at every start: two fifths of what a start takes. */
#include <stdlib.h>

#define NEVER_CALLED(name) \
    void name(void);       \
    void name(void)        \
    {                      \
        abort();           \
    }

NEVER_CALLED(dsaupd_)
NEVER_CALLED(dseupd_)
NEVER_CALLED(dnaupd_)
NEVER_CALLED(dneupd_)
NEVER_CALLED(dsortr_)
NEVER_CALLED(dsortc_)
