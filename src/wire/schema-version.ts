/** Of the event stream. Apart from the specification: whoever only writes streams need not load what checks them (0.3 s). */
export const SCHEMA = 1;
