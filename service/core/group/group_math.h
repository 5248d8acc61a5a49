/* group_math.h - logarithm, exponential and sine from the four operations alone: the C library's may differ
 * in the last bit from machine to machine, and a search must not. Accurate to about 1e-14. */
#ifndef PEERNET_CORE_GROUP_MATH_H
#define PEERNET_CORE_GROUP_MATH_H

#include <math.h>

/* ln x, x > 0 and normal. */
static inline double group_log(double x)
{
    int exponent;
    double m = frexp(x, &exponent); /* exact */
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    double t = (m - 1) / (m + 1), square = t * t, sum = 0;
    for (int k = 19; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return 2 * t * sum + exponent * 0.69314718055994531;
}

/* e to the x, |x| < 700. */
static inline double group_exp(double x)
{
    double small = x / 1024, sum = 1;
    for (int k = 9; k >= 1; k--)
        sum = 1 + small / k * sum;
    for (int k = 0; k < 10; k++)
        sum *= sum;
    return sum;
}

/* sin x, |x| at most 5. */
static inline double group_sin(double x)
{
    const double half = 1.5707963267948966, pi = 3.1415926535897931;
    x = x > half ? pi - x : x < -half ? -pi - x : x;
    double square = x * x, sum = 1;
    for (int k = 22; k >= 2; k -= 2)
        sum = 1 - square / (k * (k + 1)) * sum;
    return x * sum;
}

/* cos x, |x| at most pi. */
static inline double group_cos(double x)
{
    return group_sin(1.5707963267948966 - fabs(x));
}

#endif
