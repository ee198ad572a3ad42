/**
 * The layouts of everything that lives in shared memory: one class a structure, its diagram first, offsets computed one
 * from another. Nothing here has state or behaviour beyond packing and unpacking words.
 */
package dev.msqd.layout;
