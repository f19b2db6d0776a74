/** A servlet filter that evaluates a guard chain before the application. */
@NullMarked
package io.gatewaykit.servlet;

import org.jspecify.annotations.NullMarked;
