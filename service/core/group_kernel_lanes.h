/* group_kernel_lanes.h - the loops of group_kernel.c for one width; included there once a width with LANES,
 * TARGET (attribute), NAME(x) and ANY(hit) (is any lane of an integer vector set) defined. */
#define VECTOR(type) type __attribute__((vector_size(LANES * 4), aligned(4), may_alias))
typedef VECTOR(int32_t) NAME(ints);
typedef VECTOR(float) NAME(floats);

static inline TARGET uint32_t NAME(first)(NAME(ints) hit)
{
    uint32_t lane = 0;
    while (hit[lane] == 0)
        lane++;
    return lane;
}

static TARGET uint32_t NAME(scan_sum)(const struct group_scan *q, uint32_t from, uint32_t to)
{
    for (uint32_t v = from; v < to; v += LANES) {
        NAME(ints) there;
        for (int lane = 0; lane < LANES; lane++)
            there[lane] = q->there[q->group[v + (uint32_t)lane]];
        NAME(ints) weight = *(const NAME(ints) *)(q->weight + v);
        NAME(ints)
        gain =
            there + *(const NAME(ints) *)(q->sum + v) - *(const NAME(ints) *)(q->own + v) - weight - weight;
        NAME(ints) hit = gain > *(const NAME(ints) *)(q->threshold + v);
        if (ANY(hit))
            return v + NAME(first)(hit);
    }
    return to;
}

static TARGET uint32_t NAME(scan_mean)(const struct group_scan *q, uint32_t from, uint32_t to)
{
    for (uint32_t v = from; v < to; v += LANES) {
        NAME(floats) there;
        for (int lane = 0; lane < LANES; lane++)
            there[lane] = q->there_value[q->group[v + (uint32_t)lane]];
        NAME(ints) weight = *(const NAME(ints) *)(q->weight + v);
        NAME(ints) leaves = *(const NAME(ints) *)(q->own + v) + weight;
        NAME(ints) comes = *(const NAME(ints) *)(q->sum + v) - weight;
        NAME(floats)
        gain = (__builtin_convertvector(comes, NAME(floats)) - q->base) * q->coefficient_here + there -
               __builtin_convertvector(leaves, NAME(floats)) * *(const NAME(floats) *)(q->coefficient + v);
        NAME(ints) hit = gain > *(const NAME(floats) *)(q->threshold_value + v);
        if (ANY(hit))
            return v + NAME(first)(hit);
    }
    return to;
}

static TARGET void NAME(shift)(const struct group_shift *q)
{
    for (uint32_t k = 0; k < q->count; k += LANES) {
        NAME(ints) change = -*(const NAME(ints) *)(q->out + k);
        if (q->in)
            change += *(const NAME(ints) *)(q->in + k);
        NAME(ints)
        g = *(const NAME(ints) *)(q->sum_g + k) + change, h = *(const NAME(ints) *)(q->sum_h + k) - change;
        *(NAME(ints) *)(q->sum_g + k) = g;
        *(NAME(ints) *)(q->sum_h + k) = h;
        NAME(ints) group = *(const NAME(ints) *)(q->group + k);
        NAME(ints) in_g = group == (int32_t)q->g, in_h = group == (int32_t)q->h;
        NAME(ints) own = *(const NAME(ints) *)(q->own + k);
        *(NAME(ints) *)(q->own + k) = (g & in_g) | (h & in_h) | (own & ~(in_g | in_h));
    }
}

static TARGET void NAME(blend)(const struct group_blend *q)
{
    for (uint32_t k = 0; k < q->count; k += 2 * LANES) {
        NAME(floats) low = {0}, high = {0};
        for (uint32_t i = 0; i < q->n; i++) {
            const float *row = q->rows + (size_t)q->column[i] * q->stride + k;
            low += *(const NAME(floats) *)row * q->weight[i];
            high += *(const NAME(floats) *)(row + LANES) * q->weight[i];
        }
        *(NAME(floats) *)(q->out + k) = low;
        *(NAME(floats) *)(q->out + k + LANES) = high;
    }
}

static TARGET uint32_t NAME(products)(const float *a, const float *b, float above, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to; k += LANES) {
        NAME(ints) hit = *(const NAME(floats) *)(a + k) * *(const NAME(floats) *)(b + k) > above;
        if (ANY(hit))
            return k + NAME(first)(hit);
    }
    return to;
}
#undef VECTOR
