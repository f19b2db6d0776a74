/** The guestbook behind guards: what is added, and nothing of it changed. */
@NullMarked
package io.gatewaykit.examples.servlet;

import org.jspecify.annotations.NullMarked;
