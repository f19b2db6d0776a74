/** Puts a guard chain before a servlet application. */
@NullMarked
package io.gatewaykit.servlet;

import org.jspecify.annotations.NullMarked;
