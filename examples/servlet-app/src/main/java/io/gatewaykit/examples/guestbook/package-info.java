/** A small servlet application that knows nothing of guards. */
@NullMarked
package io.gatewaykit.examples.guestbook;

import org.jspecify.annotations.NullMarked;
