/** The errors of the management API, with the status codes and types that its model gives them. The words are this library's own. */

/** What is added to a message where the service's documents do not say how it answers. */
export const SIMULATED_ANSWER = '(simulated: the answer of the service is not documented)';

/** Ends an operation with an error. */
export class ManagementError extends Error {
  public constructor(
    /** HTTP status. */
    public readonly status: number,
    /** As the API model names it, such as `ValidationException`. */
    public readonly type: string,
    message: string,
  ) {
    super(message);
    this.name = 'ManagementError';
  }
}

/** 400: a member of the input is not what it has to be. */
export function validationException(message: string): ManagementError {
  return new ManagementError(400, 'ValidationException', message);
}

/** 404: there is nothing of this id or ARN. */
export function resourceNotFound(what: string): ManagementError {
  return new ManagementError(404, 'ResourceNotFoundException', `${what} not found`);
}

/** 400: a resource would have more tags than it may have. */
export function tooManyTags(limit: number): ManagementError {
  return new ManagementError(400, 'TooManyTagsException', `A resource can have ${limit} tags at most`);
}

/** 429: requests of one kind come faster than the quota allows. */
export function throttled(what: string): ManagementError {
  return new ManagementError(429, 'ThrottlingException', `Rate exceeded: one ${what} request a second`);
}

/** 404: the API has this operation, or has none at all, and the simulator cannot carry it out. */
export function unknownOperation(message: string): ManagementError {
  return new ManagementError(404, 'UnknownOperationException', message);
}
