package dev.msqd.bench.axis;

/**
 * Which figure of a run.
 *
 * @param axis    name
 * @param setting of the axis, such as the length of messages
 * @param peer    label
 * @param metric  with its unit
 */
public record Key(String axis, String setting, String peer, String metric) {}
