/* group_kernel_lanes.h - the loops of group_kernel.c for one width; included there once a width with LANES,
 * TARGET (attribute), NAME(x), ABOVE and ABOVE_VALUE (a bit a lane: left > right), TABLE, and the functions
 * table_open and lookup defined. A table of up to TABLE entries may be kept in registers. */
INLINE TARGET NAME(ints) NAME(load)(const int32_t *from)
{
    return *(const NAME(ints) *)from;
}

INLINE TARGET NAME(floats) NAME(load_value)(const float *from)
{
    return *(const NAME(floats) *)from;
}

/* `few` is known where this is inlined: a loop for each. */
INLINE TARGET uint32_t NAME(scan_sum_in)(const struct group_scan *q, uint32_t from, uint32_t to, bool few)
{
    NAME(table) there;
    NAME(table_open)(&there, q->there, few);
    for (uint32_t v = from; v < to; v += LANES) {
        NAME(ints) weight = NAME(load)(q->weight + v);
        NAME(ints) gain = NAME(load)(q->sum + v) - NAME(load)(q->own + v) - weight - weight;
        gain += NAME(lookup)(&there, q->group + v, few);
        uint32_t hit = ABOVE(gain, NAME(load)(q->threshold + v));
        if (hit)
            return v + (uint32_t)__builtin_ctz(hit);
    }
    return to;
}

INLINE TARGET uint32_t NAME(scan_mean_in)(const struct group_scan *q, uint32_t from, uint32_t to, bool few)
{
    NAME(table) there;
    NAME(table_open)(&there, (const int32_t *)q->there_value, few);
    for (uint32_t v = from; v < to; v += LANES) {
        NAME(ints) weight = NAME(load)(q->weight + v);
        NAME(ints) leaves = NAME(load)(q->own + v) + weight;
        NAME(ints) comes = NAME(load)(q->sum + v) - weight;
        NAME(floats) value = (NAME(floats))NAME(lookup)(&there, q->group + v, few);
        NAME(floats)
        gain = (__builtin_convertvector(comes, NAME(floats)) - q->base) * q->coefficient_here + value -
               __builtin_convertvector(leaves, NAME(floats)) * NAME(load_value)(q->coefficient + v);
        uint32_t hit = ABOVE_VALUE(gain, NAME(load_value)(q->threshold_value + v));
        if (hit)
            return v + (uint32_t)__builtin_ctz(hit);
    }
    return to;
}

static TARGET uint32_t NAME(scan_sum)(const struct group_scan *q, uint32_t from, uint32_t to)
{
    return q->groups < TABLE ? NAME(scan_sum_in)(q, from, to, true) : NAME(scan_sum_in)(q, from, to, false);
}

static TARGET uint32_t NAME(scan_mean)(const struct group_scan *q, uint32_t from, uint32_t to)
{
    return q->groups < TABLE ? NAME(scan_mean_in)(q, from, to, true) : NAME(scan_mean_in)(q, from, to, false);
}

static TARGET uint32_t NAME(room)(const struct group_room *q)
{
    for (uint32_t h = 0; h < q->count; h += LANES) {
        NAME(ints) load = *(const NAME(ints) *)(q->load + h) + (int32_t)q->size;
        uint32_t full = ABOVE(load, *(const NAME(ints) *)(q->most + h));
        uint32_t hit = ABOVE(NAME(load)(q->value + h), NAME(load)(q->threshold + h)) & ~full;
        if (hit)
            return h + (uint32_t)__builtin_ctz(hit);
    }
    return q->count;
}

static TARGET uint32_t NAME(draw)(const float *draw, const float *threshold, float least, uint32_t count)
{
    for (uint32_t h = 0; h < count; h += LANES) {
        uint32_t hit = ABOVE_VALUE(NAME(load_value)(draw + h), NAME(load_value)(threshold + h) + least);
        if (hit)
            return h + (uint32_t)__builtin_ctz(hit);
    }
    return count;
}

static TARGET void NAME(shift)(const struct group_shift *q)
{
    for (uint32_t k = 0; k < q->count; k += LANES) {
        NAME(ints) change = -NAME(load)(q->out + k);
        if (q->in)
            change += NAME(load)(q->in + k);
        NAME(ints) g = NAME(load)(q->sum_g + k) + change, h = NAME(load)(q->sum_h + k) - change;
        *(NAME(ints) *)(q->sum_g + k) = g;
        *(NAME(ints) *)(q->sum_h + k) = h;
        NAME(ints) group = *(const NAME(ints) *)(q->group + k);
        NAME(ints) in_g = group == (int32_t)q->g, in_h = group == (int32_t)q->h;
        NAME(ints) own = NAME(load)(q->own + k);
        *(NAME(ints) *)(q->own + k) = (g & in_g) | (h & in_h) | (own & ~(in_g | in_h));
    }
}

static TARGET void NAME(blend)(const struct group_blend *q)
{
    uint32_t k = 0;
    for (; k + 2 * LANES <= q->count; k += 2 * LANES) {
        NAME(floats) low = {0}, high = {0};
        for (uint32_t i = 0; i < q->n; i++) {
            const float *row = q->rows + (size_t)q->column[i] * q->stride + k;
            low += NAME(load_value)(row) * q->weight[i];
            high += NAME(load_value)(row + LANES) * q->weight[i];
        }
        *(NAME(ints) *)(q->out + k) = __builtin_convertvector(low * q->scale, NAME(ints));
        *(NAME(ints) *)(q->out + k + LANES) = __builtin_convertvector(high * q->scale, NAME(ints));
    }
    for (; k < q->count; k += LANES) {
        NAME(floats) sum = {0};
        for (uint32_t i = 0; i < q->n; i++)
            sum += NAME(load_value)(q->rows + (size_t)q->column[i] * q->stride + k) * q->weight[i];
        *(NAME(ints) *)(q->out + k) = __builtin_convertvector(sum * q->scale, NAME(ints));
    }
}

static TARGET void NAME(gather)(const struct group_gather *q)
{
    uint32_t k = 0;
    for (; k + 4 * LANES <= q->count; k += 4 * LANES) {
        NAME(floats) a = {0}, b = {0}, c = {0}, d = {0};
        for (uint32_t i = 0; i < q->n; i++) {
            const float *row = q->rows + (size_t)q->column[i] * q->stride + k;
            float weight = q->sign[q->column[i]] * q->weight[i];
            a += NAME(load_value)(row) * weight;
            b += NAME(load_value)(row + LANES) * weight;
            c += NAME(load_value)(row + 2 * LANES) * weight;
            d += NAME(load_value)(row + 3 * LANES) * weight;
        }
        *(NAME(floats) *)(q->out + k) = a;
        *(NAME(floats) *)(q->out + k + LANES) = b;
        *(NAME(floats) *)(q->out + k + 2 * LANES) = c;
        *(NAME(floats) *)(q->out + k + 3 * LANES) = d;
    }
    for (; k < q->count; k += LANES) {
        NAME(floats) sum = {0};
        for (uint32_t i = 0; i < q->n; i++)
            sum += NAME(load_value)(q->rows + (size_t)q->column[i] * q->stride + k) *
                   (q->sign[q->column[i]] * q->weight[i]);
        *(NAME(floats) *)(q->out + k) = sum;
    }
}

static TARGET uint32_t NAME(above)(const struct group_above *q, uint32_t from)
{
    uint32_t k = from / LANES * LANES, hit = ~0U << (from - k);
    for (; k < q->count; k += LANES, hit = ~0U) {
        NAME(floats) value = NAME(load_value)(q->value + k) * NAME(load_value)(q->factor + k);
        if (q->base)
            value += NAME(load_value)(q->base + k);
        NAME(floats) least = (NAME(floats)){0} + q->least;
        hit &= ABOVE_VALUE(value, least);
        if (hit)
            return k + (uint32_t)__builtin_ctz(hit);
    }
    return q->count;
}

static TARGET void NAME(add)(int32_t *sum, const int32_t *row, uint32_t count)
{
    for (uint32_t k = 0; k < count; k += LANES)
        *(NAME(ints) *)(sum + k) = NAME(load)(sum + k) + NAME(load)(row + k);
}

static TARGET void NAME(add_values)(float *sum, const float *row, uint32_t count)
{
    for (uint32_t k = 0; k < count; k += LANES)
        *(NAME(floats) *)(sum + k) = NAME(load_value)(sum + k) + NAME(load_value)(row + k);
}

static TARGET void NAME(carry)(const struct group_carry *q)
{
    for (uint32_t k = 0; k < q->count; k += LANES) {
        NAME(floats) change = -NAME(load_value)(q->out + k);
        if (q->in)
            change += NAME(load_value)(q->in + k);
        *(NAME(floats) *)(q->g + k) = NAME(load_value)(q->g + k) + change;
        *(NAME(floats) *)(q->h + k) = NAME(load_value)(q->h + k) - change;
    }
}

#undef LANES
#undef TABLE
#undef TARGET
#undef NAME
#undef ABOVE
#undef ABOVE_VALUE
