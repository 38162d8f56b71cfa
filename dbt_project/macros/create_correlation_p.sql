{# The two-sided p of a correlation as if from n_eff independent points: t = r * sqrt((n_eff - 2) / (1 - r^2)) on
   n_eff - 2 degrees of freedom, that is I(1 - r^2; (n_eff - 2) / 2, 1 / 2) (Abramowitz and Stegun 26.5.27). PostgreSQL
   has no regularised incomplete beta; this is its continued fraction (26.5.8) by Lentz's method, to 1e-12 of scipy. #}
{% macro create_correlation_p() -%}
    create schema if not exists intermediate;
    create or replace function intermediate.correlation_p(r double precision, n_eff double precision)
    returns double precision language plpgsql immutable strict parallel safe as $$
    declare
        a double precision := (n_eff - 2) / 2;
        b double precision := 0.5;
        x double precision := 1 - r * r;
        y double precision := r * r;
        mirrored boolean;
        c double precision := 1;
        d double precision;
        e double precision;
        fraction double precision;
        p double precision;
    begin
        if a <= 0 then return null; end if;
        if x <= 0 then return 0; end if;
        if y <= 0 then return 1; end if;
        mirrored := x > (a + 1) / (a + b + 2);
        if mirrored then
            b := a;
            a := 0.5;
            p := x;
            x := y;
            y := p;
        end if;
        d := 1 / (1 - (a + b) * x / (a + 1));
        fraction := d;
        for m in 1..500 loop
            e := m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d := 1 / (1 + e * d);
            c := 1 + e / c;
            fraction := fraction * d * c;
            e := -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d := 1 / (1 + e * d);
            c := 1 + e / c;
            fraction := fraction * d * c;
            exit when abs(d * c - 1) < 1e-15;
        end loop;
        -- exp() would refuse what is less than a double can hold
        p := exp(greatest(a * ln(x) + b * ln(y) + lgamma(a + b) - lgamma(a) - lgamma(b), -600)) * fraction / a;
        return case when mirrored then 1 - p else p end;
    end $$
{%- endmacro %}
