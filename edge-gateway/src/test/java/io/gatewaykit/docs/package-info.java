/** Checks of pages that belong to no single module. */
@NullMarked
package io.gatewaykit.docs;

import org.jspecify.annotations.NullMarked;
