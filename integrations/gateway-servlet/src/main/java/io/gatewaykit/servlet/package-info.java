/** A servlet filter that evaluates a guard chain in front of an application. */
@NullMarked
package io.gatewaykit.servlet;

import org.jspecify.annotations.NullMarked;
