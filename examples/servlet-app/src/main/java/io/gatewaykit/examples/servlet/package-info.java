/** Adds guards to the guestbook without changing it. */
@NullMarked
package io.gatewaykit.examples.servlet;

import org.jspecify.annotations.NullMarked;
